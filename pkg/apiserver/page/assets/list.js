// The list: search as you type, pages as you scroll.

import { search } from './api.js';
import { avatar, el, fill, pageLink } from './dom.js';
import { read } from './entry.js';
import { draw } from './filters.js';
import { detailAddress, listQuery } from './state.js';
import { badges, packageName, plural, transportName } from './words.js';

const results = document.getElementById('results');
const count = document.getElementById('count');
const more = document.getElementById('more');

let shownQuery = null; // the query whose answer is on the screen
let cursor = '';
let running = null; // the request that counts; answers of others are dropped

// Pages that scrolling brings before the reader has to ask for more: the end of
// the document must be within reach in a registry of any size.
const pagesByScrolling = 4;
let scrolled = 0;
let observer = null;

// show brings the list for state on the screen, unless it is there.
export async function show(state, act) {
  const query = listQuery(state).toString();
  if (query === shownQuery) return;
  try {
    await load(query, '', (answer) => {
      shownQuery = query;
      const total = answer.metadata.total ?? answer.servers.length;
      fill(results, answer.servers.map(card));
      fill(count, total ? plural(total, 'server') : 'Nothing matches.');
      if (!total) results.append(nothing(query !== '', act));
      draw(state, answer.facets || {}, act.choose, act.clear);
    });
  } catch (error) {
    withoutAnswer(state, act);
    throw error;
  }
  scrolled = 0;
  watch();
}

// withoutAnswer takes the answer to another question off the screen. What was
// asked for stays there, so that it can be changed.
function withoutAnswer(state, act) {
  shownQuery = null;
  cursor = '';
  more.hidden = true;
  fill(results);
  fill(count);
  draw(state, null, act.choose, act.clear);
}

// forget makes the next show ask the registry again.
export function forget() { shownQuery = null; }

export const linkOf = (name) => [...results.querySelectorAll('a[data-name]')].find((a) => a.dataset.name === name);

async function load(query, from, display) {
  if (running) running.abort();
  const mine = running = new AbortController();
  results.setAttribute('aria-busy', 'true');
  try {
    const answer = await search(query, from, mine.signal);
    if (mine !== running) return;
    if (!Array.isArray(answer.servers)) answer.servers = [];
    answer.metadata = answer.metadata || {};
    display(answer);
    cursor = answer.metadata.nextCursor || '';
    more.hidden = !cursor;
  } catch (error) {
    if (error.name === 'AbortError' || mine !== running) return;
    throw error;
  } finally {
    if (mine === running) {
      running = null;
      results.removeAttribute('aria-busy');
    }
  }
}

// next adds a page. The focus goes to its first entry if the button had it.
async function next(failed) {
  if (running || !cursor || shownQuery === null) return;
  const focused = document.activeElement === more;
  try {
    await load(shownQuery, cursor, (answer) => {
      const cards = answer.servers.map(card);
      results.append(...cards);
      if (focused && cards.length) cards[0].querySelector('a').focus();
    });
    watch();
  } catch (error) {
    failed(error);
  }
}

// watch has the observer look afresh: it only tells of changes, and the button
// may still be in sight after a page was added.
function watch() {
  observer.unobserve(more);
  observer.observe(more);
}

export function start(failed) {
  more.addEventListener('click', () => { scrolled = 0; next(failed); });
  observer = new IntersectionObserver((entries) => {
    if (!entries.some((e) => e.isIntersecting) || document.activeElement === more || scrolled >= pagesByScrolling) return;
    scrolled++;
    next(failed);
  }, { rootMargin: '600px' });
}

function card(record) {
  const entry = read(record);
  const kinds = [...new Set([...entry.packages.map((p) => packageName(p.type)), ...(entry.remotes.length ? ['remote'] : [])])];
  const ways = [...new Set([...entry.packages, ...entry.remotes].map((w) => transportName(w.transport)))];
  return el('li', {}, el('article', { class: 'card' },
    avatar(entry),
    el('div', { class: 'body' },
      el('h2', {}, pageLink(detailAddress(entry.name), { 'data-name': entry.name }, entry.title || entry.name)),
      el('p', { class: 'name' }, entry.name),
      el('p', { class: 'description', dir: 'auto' }, entry.description),
      el('p', { class: 'meta' }, badges(entry),
        kinds.length > 0 && el('span', {}, kinds.join(', ')),
        ways.length > 0 && el('span', {}, ways.join(', ')),
        entry.tools.length > 0 && el('span', {}, plural(entry.tools.length, 'tool')),
        el('span', {}, entry.version)))));
}

function nothing(filtered, act) {
  if (!filtered) return el('li', { class: 'empty' }, el('p', {}, 'This registry holds no servers yet.'));
  const button = el('button', { type: 'button', class: 'button' }, 'Show all servers');
  button.addEventListener('click', act.all);
  return el('li', { class: 'empty' }, el('p', {}, 'No server has all of these words and filters.'), button);
}
