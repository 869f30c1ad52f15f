// The filters beside the list: what there is to choose from comes with each
// answer, with counts.

import { el, fill } from './dom.js';
import { countChosen, facets } from './state.js';
import { packageName, number, transportName } from './words.js';

const shown = 10;
const panel = document.getElementById('filter-panel');
const toggle = document.getElementById('filter-toggle');
const chips = document.getElementById('chosen');
const opened = new Set();

// What was ever on offer. Of all facets but tags, a record needs only one of the
// chosen values, so the others stay on offer although no match has them.
const seen = new Map(facets.filter(({ key }) => key !== 'tag').map(({ key }) => [key, new Set()]));

const labels = { transport: transportName, package_type: packageName };
export const labelOf = (key, value) => (labels[key] || String)(value);

toggle.addEventListener('click', () => {
  toggle.setAttribute('aria-expanded', String(panel.classList.toggle('open')));
});

// draw shows the facets of an answer; change(key, value, on) is called when the
// user chooses.
export function draw(state, found, change, clear) {
  const focused = panel.contains(document.activeElement) ? document.activeElement.id : '';
  fill(panel, facets.map((facet, i) => group(facet, i, state.chosen[facet.key], found[facet.field], change, () => draw(state, found, change, clear))));
  const again = focused && document.getElementById(focused);
  if (again) again.focus();
  const n = countChosen(state);
  fill(toggle, 'Filters', n > 0 && el('span', { class: 'count' }, n));
  drawChips(state, change, clear);
}

function group(facet, position, chosen, found, change, redraw) {
  const values = merge(facet.key, chosen, Array.isArray(found) ? found : []);
  if (!values.length) return null;
  const all = opened.has(facet.key) || values.length <= shown + 2;
  const visible = all ? values : values.filter((v, i) => i < shown || chosen.includes(v.value));
  const options = visible.map((v, i) => option(facet, `f${position}-${i}`, v, chosen.includes(v.value), change));
  return el('fieldset', { class: facet.key === 'tag' ? 'facet tags' : 'facet' },
    el('legend', {}, facet.title),
    el('div', { class: 'options' }, options),
    !all && more(facet.key, position, `Show all ${values.length}`, () => { opened.add(facet.key); redraw(); }, shown),
    all && values.length > shown + 2 && more(facet.key, position, 'Show fewer', () => { opened.delete(facet.key); redraw(); }, -1));
}

// merge keeps what is chosen in sight when nothing matches it any more, and what
// could be chosen besides it.
function merge(key, chosen, found) {
  const values = found.filter((v) => v && typeof v.value === 'string' && v.value);
  const known = seen.get(key);
  for (const { value } of values) if (known && known.size < 100) known.add(value);
  const others = new Set([...chosen, ...(known && chosen.length ? known : [])]);
  for (const { value } of values) others.delete(value);
  return [...values, ...[...others].map((value) => ({ value, count: chosen.includes(value) ? 0 : null }))];
}

function option(facet, id, { value, count }, on, change) {
  const box = el('input', { type: 'checkbox', id, name: facet.key, value });
  box.checked = on;
  box.addEventListener('change', () => change(facet.key, value, box.checked));
  return el('label', { class: 'option', for: id }, box, el('span', { class: 'what' }, labelOf(facet.key, value)), ' ', count !== null && el('span', { class: 'n' }, number(count)));
}

function more(key, position, text, act, focusAt) {
  const button = el('button', { type: 'button', class: 'link', id: `more-${key}` }, text);
  button.addEventListener('click', () => {
    act();
    const next = document.getElementById(focusAt < 0 ? `more-${key}` : `f${position}-${focusAt}`);
    if (next) next.focus();
  });
  return button;
}

function drawChips(state, change, clear) {
  const chosen = facets.flatMap(({ key, title }) => state.chosen[key].map((value) => ({ key, title, value })));
  fill(chips, chosen.map(({ key, title, value }) => {
    const chip = el('button', { type: 'button', class: 'chip', 'aria-label': `Remove filter ${title}: ${value}` }, labelOf(key, value), el('span', { 'aria-hidden': 'true' }, '×'));
    chip.addEventListener('click', () => { change(key, value, false); document.getElementById('q').focus(); });
    return chip;
  }), chosen.length > 0 && clearButton(clear));
}

function clearButton(clear) {
  const button = el('button', { type: 'button', class: 'link' }, 'Clear all');
  button.addEventListener('click', () => { clear(); document.getElementById('q').focus(); });
  return button;
}
