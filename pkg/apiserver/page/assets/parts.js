// The tools, packages and remotes of an entry.

import { copyButton } from './copy.js';
import { el, webLink } from './dom.js';
import { packageName, plural, transportName } from './words.js';

export function toolsSection(tools) {
  if (!tools.length) return null;
  const described = tools.some((t) => t.description || t.parameters.length);
  return el('section', { id: 'tools' }, el('h2', {}, 'Tools ', el('span', { class: 'count' }, tools.length)),
    described ? el('div', { class: 'tools' }, tools.map(tool)) : el('ul', { class: 'tag-list' }, tools.map((t) => el('li', {}, el('code', { class: 'chip plain' }, t.name)))));
}

function tool(t) {
  if (!t.description && !t.parameters.length) return el('p', { class: 'tool' }, el('code', {}, t.name));
  const first = t.description.trim().split('\n')[0];
  return el('details', { class: 'tool' }, el('summary', {}, el('code', {}, t.name), first && el('span', { class: 'first' }, first)),
    t.description && el('p', { class: 'pre', dir: 'auto' }, t.description.trim()),
    t.parameters.length > 0 && el('ul', { class: 'inputs' }, t.parameters.map((p) => el('li', {},
      el('p', { class: 'input-head' }, el('code', {}, p.name), p.type && el('span', { class: 'faint' }, p.type), p.required && el('span', { class: 'badge' }, 'required')),
      p.description && el('p', { class: 'pre', dir: 'auto' }, p.description)))));
}

export function packagesSection(packages) {
  if (!packages.length) return null;
  return el('section', { id: 'packages' }, el('h2', {}, 'Packages'), packages.map((p) => el('div', { class: 'way' },
    el('h3', {}, packageName(p.type) || 'package', el('span', { class: 'badge plain' }, transportName(p.transport))),
    el('p', { class: 'identifier' }, el('code', {}, p.identifier), copyButton(p.identifier, 'identifier')),
    el('dl', { class: 'facts' }, row('Version', p.version), row('Registry', p.baseURL && webLink(p.baseURL)), row('Listens on', p.url && el('code', {}, p.url)), row('SHA-256', p.hash && el('code', {}, p.hash))),
    inputs('Environment variables', p.variables),
    inputs('Arguments', p.arguments),
    inputs('Arguments of the runtime', p.runtimeArguments))));
}

export function remotesSection(remotes) {
  if (!remotes.length) return null;
  return el('section', { id: 'remotes' }, el('h2', {}, 'Remotes'), remotes.map((r) => el('div', { class: 'way' },
    el('h3', {}, 'Address', el('span', { class: 'badge plain' }, transportName(r.transport))),
    el('p', { class: 'identifier' }, el('code', {}, r.url), copyButton(r.url, 'address')),
    inputs('Headers', r.headers),
    inputs('Variables', r.variables))));
}

function row(term, value) {
  return value ? el('div', {}, el('dt', {}, term), el('dd', {}, value)) : null;
}

function inputs(heading, list) {
  if (!list.length) return null;
  return [el('h4', {}, `${heading} `, el('span', { class: 'hidden-label' }, `(${plural(list.length, 'entry', 'entries')})`)),
    el('ul', { class: 'inputs' }, list.map((i) => el('li', {},
      el('p', { class: 'input-head' }, el('code', {}, i.name || i.value || i.hint || 'argument'),
        i.required && el('span', { class: 'badge' }, 'required'),
        i.secret && el('span', { class: 'badge secret' }, 'secret'),
        i.name && i.value && !i.secret && el('span', { class: 'faint' }, 'value ', el('code', {}, i.value)),
        i.default && !i.secret && el('span', { class: 'faint' }, 'default ', el('code', {}, i.default)),
        i.choices.length > 0 && el('span', { class: 'faint' }, `one of ${i.choices.join(', ')}`)),
      i.description && el('p', { class: 'pre', dir: 'auto' }, i.description))))];
}
