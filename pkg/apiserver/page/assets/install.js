// The panel that installs an entry: a tab for each client, and in it what to
// click or to copy.

import { address } from './api.js';
import { codeBlock } from './copy.js';
import { appLink, el, fill } from './dom.js';
import { choices, clients, hasOptional, Refusal, shortName } from './snippets.js';

let client = 'vscode'; // stays when another entry is opened
let optional = false;

export function installPanel(entry) {
  const ways = choices(entry);
  if (!ways.length) return el('p', { class: 'faint' }, 'This entry names neither a package nor an address, so there is nothing to install.');
  let way = ways[0];
  const body = el('div', { role: 'tabpanel', id: 'client-panel', tabindex: '0' });
  const controls = el('div', { class: 'controls' });
  const tabs = clients.map((c) => el('button', { type: 'button', role: 'tab', id: `client-${c.id}`, 'aria-controls': 'client-panel' }, c.title));

  function draw() {
    const chosen = clients.find((c) => c.id === client);
    tabs.forEach((tab, i) => {
      const on = clients[i] === chosen;
      tab.setAttribute('aria-selected', String(on));
      tab.tabIndex = on ? 0 : -1;
    });
    body.setAttribute('aria-labelledby', `client-${client}`);
    fill(body, content(entry, chosen, way));
  }
  const pick = (i) => { client = clients[i].id; draw(); tabs[i].focus(); };
  tabs.forEach((tab, i) => {
    tab.addEventListener('click', () => pick(i));
    tab.addEventListener('keydown', (event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      pick((to + tabs.length) % tabs.length);
    });
  });
  const redrawAll = () => { fill(controls, wayChoice(ways, way, (w) => { way = w; redrawAll(); document.getElementById('way')?.focus(); }), optionalChoice(way, draw)); draw(); };
  redrawAll();
  return el('div', { class: 'install' }, el('div', { role: 'tablist', 'aria-label': 'Client', class: 'tabs' }, tabs), controls, body);
}

function wayChoice(ways, way, change) {
  if (ways.length < 2) return null;
  const select = el('select', { id: 'way' }, ways.map((w, i) => {
    const option = el('option', { value: String(i) }, w.label.slice(0, 120));
    option.selected = w === way;
    return option;
  }));
  select.addEventListener('change', () => change(ways[Number(select.value)]));
  return el('div', { class: 'field' }, el('label', { for: 'way' }, 'Use'), select);
}

function optionalChoice(way, draw) {
  if (!hasOptional(way)) return null;
  const box = el('input', { type: 'checkbox', id: 'optional' });
  box.checked = optional;
  box.addEventListener('change', () => { optional = box.checked; draw(); });
  return el('label', { class: 'option', for: 'optional' }, box, el('span', {}, 'Include optional settings'));
}

function content(entry, chosen, way) {
  try {
    const made = chosen.make(shortName(entry.name), way, optional, entry.name, address());
    const gaps = made.blocks.some((b) => /<[A-Za-z0-9_.-]+>/.test(b.code));
    return [
      made.link && el('p', {}, appLink(made.link.address, made.link.label)),
      made.blocks.map((b) => el('div', { class: 'snippet' }, el('h3', {}, b.title), b.note && el('p', { class: 'faint' }, b.note), codeBlock(b.code, `${chosen.title}: ${b.title}`))),
      gaps && el('p', { class: 'faint' }, 'Replace what stands in <angle brackets>, brackets included.'),
    ];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return el('p', { class: 'notice' }, error.message);
  }
}
