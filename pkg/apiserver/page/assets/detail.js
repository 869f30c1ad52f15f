// One entry with all that its record tells.

import * as api from './api.js';
import { title } from './about.js';
import { codeBlock, copyButton } from './copy.js';
import { avatar, el, fill, pageLink, webAddress, webLink } from './dom.js';
import { read } from './entry.js';
import { installPanel } from './install.js';
import { markdown } from './markdown.js';
import { packagesSection, remotesSection, toolsSection } from './parts.js';
import { badges, number, when } from './words.js';

let loaded = { name: '', entries: [] };

// show brings the entry of state into view. to.list is the address of the list,
// to.version(version) goes to another version.
export async function show(view, state, to, signal) {
  const same = loaded.name === state.server && !view.hidden && view.childElementCount > 0;
  if (!same) {
    fill(view, back(to), el('p', { class: 'faint', role: 'status' }, 'Loading…'));
    const answer = await api.versions(state.server, signal);
    loaded = { name: state.server, entries: answer.servers.map(read) };
  }
  const entry = choose(state.version);
  if (!entry) throw new api.Failure(404, 'no such version');
  document.title = `${entry.title || entry.name} – ${title()}`;
  fill(view, back(to), head(entry, to), el('div', { class: 'entry-grid' },
    el('div', { class: 'entry-main' },
      el('section', {}, el('h2', {}, 'Install'), installPanel(entry)),
      entry.overview && el('section', {}, el('h2', {}, 'Overview'), el('div', { class: 'prose', dir: 'auto' }, markdown(entry.overview))),
      toolsSection(entry.tools),
      packagesSection(entry.packages),
      remotesSection(entry.remotes),
      raw(entry)),
    side(entry)));
  (same ? document.getElementById('version') || view.querySelector('h1') : view.querySelector('h1')).focus({ preventScroll: true });
}

// forget makes the next show ask the registry again.
export function forget() { loaded = { name: '', entries: [] }; }

function choose(version) {
  if (version) return loaded.entries.find((e) => e.version === version);
  return loaded.entries.find((e) => e.isLatest) || loaded.entries.find((e) => e.status !== 'deleted') || loaded.entries[0];
}

export function back(to) {
  return el('p', { class: 'back' }, pageLink(to.list, {}, el('span', { 'aria-hidden': 'true' }, '← '), 'All servers'));
}

function head(entry, to) {
  return el('header', { class: 'entry-head' }, avatar(entry),
    el('div', { class: 'body' },
      el('h1', { tabindex: '-1' }, entry.title || entry.name),
      el('p', { class: 'name' }, el('code', {}, entry.name), copyButton(entry.name, 'name')),
      el('p', { class: 'lead', dir: 'auto' }, entry.description),
      el('div', { class: 'entry-line' }, versionChoice(entry, to), badges(entry))),
    warning(entry));
}

function versionChoice(entry, to) {
  if (loaded.entries.length < 2) return el('span', { class: 'badge plain' }, `Version ${entry.version}`);
  const select = el('select', { id: 'version' }, loaded.entries.map((e) => {
    const mark = e.status !== 'active' ? ` (${e.status})` : e.isLatest ? ' (latest)' : '';
    const option = el('option', { value: e.version }, `${e.version.slice(0, 80)}${mark}`);
    option.selected = e === entry;
    return option;
  }));
  select.addEventListener('change', () => to.version(loaded.entries[select.selectedIndex].version));
  return el('span', { class: 'field' }, el('label', { for: 'version' }, 'Version'), select);
}

function warning(entry) {
  if (entry.status === 'deleted') return el('p', { class: 'notice warning' }, 'This version was withdrawn. Do not use it any more.');
  if (entry.status === 'deprecated' || entry.toolhiveStatus.toLowerCase() === 'deprecated') return el('p', { class: 'notice warning' }, 'This version is deprecated: look for a successor before you build on it.');
  return null;
}

function side(entry) {
  const links = [['Repository', entry.repository], ['Website', entry.website], ['Built by', entry.signedBy]].filter(([, address]) => address);
  const rows = [
    ['Tags', entry.tags.length > 0 && el('ul', { class: 'tag-list' }, entry.tags.map((t) => el('li', {}, pageLink(`?${new URLSearchParams({ tag: t })}`, { class: 'chip' }, t))))],
    ...links.map(([term, address]) => [term, webLink(address, webAddress(address) ? address.replace(/^https?:\/\//, '') : address)]),
    ['License', entry.license],
    ['Stars', entry.stars !== null && number(entry.stars)],
    ['Published', entry.publishedAt && when(entry.publishedAt)],
    ['Updated', entry.updatedAt && when(entry.updatedAt)],
  ].filter(([, value]) => value);
  return el('section', { class: 'entry-side', 'aria-label': 'Facts' }, el('dl', { class: 'facts' }, rows.map(([term, value]) => el('div', {}, el('dt', {}, term), el('dd', {}, value)))));
}

function raw(entry) {
  // Characters that would reorder the text are escaped, which JSON allows.
  const text = JSON.stringify(entry.raw, null, 2).replace(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const details = el('details', { class: 'raw' }, el('summary', {}, 'Raw JSON'));
  details.addEventListener('toggle', () => { if (details.open && details.childElementCount === 1) details.append(codeBlock(text, 'raw JSON')); });
  return el('section', {}, details);
}
