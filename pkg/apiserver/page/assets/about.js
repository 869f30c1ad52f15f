// How to use the whole registry, and how it is: sources, revision, rejected
// entries, as far as the server knows them.

import * as api from './api.js';
import { codeBlock, copyButton } from './copy.js';
import { el, fill } from './dom.js';
import { list, object, text } from './entry.js';
import { line } from './shell.js';
import { number, plural, when } from './words.js';

const fallback = 'MCP servers';
let name = '';

export const title = () => name || fallback;

// load names the page after its registry; without an answer the general name stays.
export async function load() {
  try {
    const state = await api.registry();
    name = text(state.displayName) || text(state.name);
    fill(document.getElementById('brand-name'), title());
    fill(document.getElementById('list-title'), title());
    fill(document.getElementById('list-lead'), lead(state));
    if (!location.search.includes('server=')) document.title = title();
  } catch { /* an older replica, or a token is missing: the list says so */ }
}

function lead(state) {
  const sources = list(state.sources).length;
  return [
    sources > 0 && `From ${plural(sources, 'source')}. `,
    text(state.publishedAt) && ['Updated ', when(text(state.publishedAt)), '.'],
  ];
}

export async function show(view, signal) {
  document.title = `About – ${title()}`;
  let state = null;
  try {
    state = await api.registry(signal);
  } catch (error) {
    if (error.status !== 404) throw error;
  }
  const heading = el('h1', { tabindex: '-1' }, 'About this registry');
  fill(view, heading, useIt(), state && [facts(state), sources(state), rejected(state)]);
  heading.focus({ preventScroll: true });
}

function useIt() {
  const address = api.address();
  return el('section', {},
    el('h2', {}, 'Use it in your tools'),
    el('p', {}, 'Clients of the MCP Registry API need one address:'),
    codeBlock(address, 'address of the registry'),
    el('h3', {}, 'VS Code and GitHub Copilot'),
    el('p', {}, 'In the settings, or as a policy of your organisation:'),
    codeBlock(`"chat.mcp.gallery.serviceUrl": ${JSON.stringify(address)}`, 'setting for VS Code'),
    el('h3', {}, 'thv'),
    codeBlock(line(['thv', 'config', 'set-registry', address]), 'command for thv'));
}

function facts(state) {
  const digest = text(state.digest);
  const rows = [
    ['Name', text(state.name)],
    ['Servers', typeof state.names === 'number' && number(state.names)],
    ['Versions', typeof state.servers === 'number' && number(state.servers)],
    ['Last change', text(state.publishedAt) && when(text(state.publishedAt))],
    ['Last sync', text(state.lastSyncTime) && when(text(state.lastSyncTime))],
    ['Revision', text(state.revision) && el('code', {}, text(state.revision))],
    ['Digest', digest && [el('code', {}, digest), ' ', copyButton(digest, 'digest')]],
  ].filter(([, value]) => value);
  return el('section', {}, el('h2', {}, 'State'), el('dl', { class: 'facts wide-facts' }, rows.map(([term, value]) => el('div', {}, el('dt', {}, term), el('dd', {}, value)))));
}

function sources(state) {
  const rows = list(state.sources).map(object);
  if (!rows.length) return null;
  return el('section', {}, el('h2', {}, 'Sources'), table('Sources', ['Source', 'Type', 'Servers', 'Rejected', 'Revision', 'Last sync'],
    rows.map((s) => [text(s.name) || '–', text(s.type), text(s.servers), text(s.rejected), text(s.revision) && el('code', {}, text(s.revision)), text(s.lastSyncTime) && when(text(s.lastSyncTime))])));
}

function rejected(state) {
  const rows = list(state.rejected).map(object);
  if (!rows.length) return null;
  return el('section', {}, el('h2', {}, 'Rejected entries'),
    el('p', {}, 'These entries of the sources are not served.'),
    table('Rejected entries', ['Source', 'Entry', 'Reason'], rows.map((r) => [text(r.source), el('code', {}, text(r.entry)), text(r.reason)])));
}

// table leaves out columns in which nothing stands.
function table(label, heads, rows) {
  const used = heads.map((_, i) => rows.some((row) => row[i]));
  return el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': label }, el('table', {},
    el('thead', {}, el('tr', {}, heads.filter((_, i) => used[i]).map((h) => el('th', { scope: 'col' }, h)))),
    el('tbody', {}, rows.map((row) => el('tr', {}, row.filter((_, i) => used[i]).map((c) => el('td', {}, c || '–')))))));
}
