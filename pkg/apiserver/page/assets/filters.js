// The filters beside the list: what there is to choose from comes with each
// answer, with counts.

import { el, fill } from './dom.js';
import { countChosen, facets, most, room } from './state.js';
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

// draw shows the facets of an answer, or what is known without one: found is null
// then. change(key, value, on) is called when the user chooses.
export function draw(state, found, change, clear) {
  const focused = panel.contains(document.activeElement) ? document.activeElement : null;
  fill(panel, facets.map((facet, i) => group(facet, i, state.chosen, found && found[facet.field], change, () => draw(state, found, change, clear))));
  if (focused) focusLike(focused);
  const n = countChosen(state);
  fill(toggle, 'Filters', n > 0 && el('span', { class: 'count' }, n));
  drawChips(state, change, clear);
}

// focusLike gives the focus to what is where the node was: the box of the same
// value, because another one may have come into its place.
function focusLike(node) {
  const same = (box) => box.name === node.name && box.value === node.value;
  const again = node.type === 'checkbox' ? [...panel.querySelectorAll('input')].find(same) : document.getElementById(node.id);
  if (again) again.focus();
}

function group(facet, position, allChosen, found, change, redraw) {
  const chosen = allChosen[facet.key];
  const values = merge(facet.key, chosen, found);
  if (!values.length) return null;
  const all = opened.has(facet.key) || values.length <= shown + 2;
  const visible = all ? values : values.filter((v, i) => i < shown || chosen.includes(v.value));
  const isFull = (value) => !chosen.includes(value) && !room(allChosen, facet.key, value);
  const limit = visible.some((v) => isFull(v.value)) && `limit-${facet.key}`;
  const options = visible.map((v, i) => option(facet, `f${position}-${i}`, v, chosen.includes(v.value), isFull(v.value) && limit, change));
  return el('fieldset', { class: facet.key === 'tag' ? 'facet tags' : 'facet', 'aria-describedby': limit },
    el('legend', {}, facet.title),
    limit && el('p', { class: 'limit', id: limit }, whyFull(chosen)),
    el('div', { class: 'options' }, options),
    !all && more(facet.key, position, `Show all ${values.length}`, () => { opened.add(facet.key); redraw(); }, shown),
    all && values.length > shown + 2 && more(facet.key, position, 'Show fewer', () => { opened.delete(facet.key); redraw(); }, -1));
}

function whyFull(chosen) {
  return chosen.length >= most.values ? `At most ${most.values} at a time: remove one to choose another.` : 'Filters this long do not fit together: remove one to choose another.';
}

// merge keeps what is chosen in sight when nothing matches it any more, and what
// could be chosen besides it.
function merge(key, chosen, found) {
  const answered = found !== null;
  const values = (Array.isArray(found) ? found : []).filter((v) => v && typeof v.value === 'string' && v.value);
  const known = seen.get(key);
  for (const { value } of values) if (known && known.size < 100) known.add(value);
  const others = new Set([...chosen, ...(known && (chosen.length || !answered) ? known : [])]);
  for (const { value } of values) others.delete(value);
  return [...values, ...[...others].map((value) => ({ value, count: answered && chosen.includes(value) ? 0 : null }))];
}

// option is one box; limit is the id of what says why it cannot be chosen now.
function option(facet, id, { value, count }, on, limit, change) {
  const box = el('input', { type: 'checkbox', id, name: facet.key, value, 'aria-describedby': limit });
  box.checked = on;
  box.disabled = Boolean(limit);
  box.addEventListener('change', () => change(facet.key, value, box.checked));
  return el('label', { class: 'option', for: id }, box, el('span', { class: 'what' }, labelOf(facet.key, value)), ' ', count !== null && el('span', { class: 'n' }, number(count)));
}

function more(key, position, text, act, focusAt) {
  const button = el('button', { type: 'button', class: 'link', id: `more-${key}` }, text);
  button.addEventListener('click', () => {
    act();
    const next = document.getElementById(`f${position}-${focusAt}`);
    const other = document.getElementById(`more-${key}`);
    if (next && !next.disabled) next.focus(); else if (other) other.focus();
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
