// Starts the page, and brings on the screen what the address says.

import * as about from './about.js';
import * as detail from './detail.js';
import { el, fill } from './dom.js';
import * as list from './list.js';
import { countChosen, cut, detailAddress, listAddress, nothingChosen, parse } from './state.js';
import { askToken } from './token.js';

const views = { list: document.getElementById('list-view'), detail: document.getElementById('detail-view'), about: document.getElementById('about-view') };
const notice = document.getElementById('notice');
const field = document.getElementById('q');
const typingPause = 180;

let state = parse(location.search);
let shown = null; // the address on the screen
let listState = { address: '', scroll: 0, opened: '' }; // to return to
let showing = new AbortController();
let retry = 0;

// go changes the address, then the page. Typing replaces the entry of the
// history, so that Back leaves the search and not its last letter.
function go(address, replace = false) {
  const target = address || location.pathname;
  if (location.search !== address || replace) history[replace ? 'replaceState' : 'pushState'](null, '', target);
  display();
}

// display brings on the screen what the address says.
async function display() {
  const before = shown === null ? null : state.view;
  if (before === 'list') listState.scroll = scrollY;
  state = parse(location.search);
  shown = location.search;
  if (state.view === 'list') listState.address = listAddress(state);
  clearTimeout(retry);
  showing.abort();
  const mine = showing = new AbortController();
  fill(notice);
  if (field.value.trim() !== state.q) field.value = state.q;
  try {
    await present(before, mine.signal);
  } catch (error) {
    if (mine === showing) fail(error);
  }
}

async function present(before, signal) {
  const ready = state.view === 'detail' ? detail.show(views.detail, state, to, signal)
    : state.view === 'about' ? about.show(views.about, signal)
      : list.show(state, act);
  for (const [name, view] of Object.entries(views)) view.hidden = name !== state.view;
  if (state.view === 'list') {
    document.title = about.title();
    if (before !== null && before !== 'list') restore();
  } else if (before !== state.view) {
    scrollTo(0, 0);
  }
  await ready;
}

// restore leads back to where the reader was in the list.
function restore() {
  scrollTo(0, listState.scroll);
  const link = list.linkOf(listState.opened);
  if (link) link.focus({ preventScroll: true });
}

const to = {
  get list() { return listState.address; },
  version(version) { go(detailAddress(state.server, version)); },
};

const act = {
  choose(key, value, on) {
    const chosen = { ...state.chosen, [key]: state.chosen[key].filter((v) => v !== value) };
    if (on) chosen[key].push(value);
    go(listAddress({ ...state, chosen }));
  },
  clear() { go(listAddress({ ...state, chosen: nothingChosen() })); },
  all() { field.value = ''; go(''); field.focus(); },
};

function fail(error) {
  if (error.name === 'AbortError') return;
  list.forget();
  detail.forget();
  if (error.status === 401) {
    for (const view of Object.values(views)) view.hidden = true;
    fill(notice, askToken(error, () => { about.load(); display(); }));
    return;
  }
  if (state.view !== 'list') fill(views[state.view], detail.back(to));
  const again = button('Try again', display);
  const clear = button('Clear filters', () => { act.clear(); field.focus(); });
  const filtered = state.view === 'list' && error.status === 400 && countChosen(state) > 0;
  fill(notice, el('div', { class: 'notice' }, el('p', {}, message(error)), error.status !== 404 && again, filtered && clear));
  if (error.status === 503 || error.status === 429) retry = setTimeout(display, Math.min(60, Math.max(2, error.retryAfter)) * 1000);
}

function button(text, pressed) {
  const node = el('button', { type: 'button', class: 'button' }, text);
  node.addEventListener('click', pressed);
  return node;
}

function message(error) {
  switch (error.status) {
    case 404: return state.view === 'detail' ? 'This registry has no such server, or no longer.' : error.message;
    case 429: return 'The registry asks for a pause. The page tries again on its own.';
    case 503: return 'The registry holds no data yet. The page tries again on its own.';
    case undefined: console.error(error); return 'The page failed to show this. Please report it.';
    default: return error.message;
  }
}

let typing = 0;
function searchNow() {
  clearTimeout(typing);
  const q = cut(field.value.trim());
  if (q !== field.value.trim()) field.value = q;
  const address = listAddress({ ...state, q });
  if (state.view === 'list' && address !== location.search) go(address, true);
}
field.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(searchNow, typingPause);
});
field.addEventListener('keydown', (event) => { if (event.key === 'Enter' && !event.isComposing) searchNow(); });

document.addEventListener('keydown', (event) => {
  const editing = event.target.closest?.('input, textarea, select');
  if (event.key !== '/' || editing || event.ctrlKey || event.metaKey || event.altKey || state.view !== 'list') return;
  event.preventDefault();
  field.focus();
});

// Links within the page change its state; with a modifier they are for the browser.
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[data-page]');
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.dataset.name !== undefined) listState.opened = link.dataset.name;
  go(new URL(link.href).search);
});

// The skip link changes the address too, but not what the page shows.
addEventListener('popstate', () => { if (location.search !== shown) display(); });

history.scrollRestoration = 'manual';
list.start(fail);
about.load();
display();
