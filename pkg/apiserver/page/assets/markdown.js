// Shows the part of Markdown that a README needs most, as nodes. HTML in it
// stays visible text, images become their description, links need http or https.

import { el, flat, webAddress, webLink } from './dom.js';

const maxLength = 200_000;

export function markdown(source) {
  const lines = source.slice(0, maxLength).replace(/\r\n?/g, '\n').split('\n');
  const levels = lines.map((l) => /^(#{1,6}) /.exec(l)).filter(Boolean).map((m) => m[1].length);
  const blocks = parse(lines, 3 - Math.min(6, ...levels));
  if (source.length > maxLength) blocks.push(el('p', { class: 'faint' }, 'The rest is left out: this text is very long.'));
  return blocks;
}

const fence = /^ {0,3}(```|~~~)/;
const heading = /^(#{1,6})\s+(.*)$/;
const item = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const rule = /^ {0,3}([-*_])( *\1){2,} *$/;
const row = /^\s*\|.*\|\s*$/;

// parse turns lines into blocks; lift moves the highest heading to h3.
function parse(lines, lift) {
  const out = [];
  let i = 0;
  const until = (stop) => { const from = i; while (i < lines.length && !stop(lines[i])) i++; return lines.slice(from, i); };
  while (i < lines.length) {
    const text = lines[i];
    let match;
    if (!text.trim()) {
      i++;
    } else if ((match = fence.exec(text))) {
      i++;
      const body = until((l) => l.trim().startsWith(match[1]));
      i++;
      out.push(scrollable(el('code', {}, body.join('\n'))));
    } else if ((match = heading.exec(text))) {
      i++;
      out.push(el(`h${Math.max(3, Math.min(6, match[1].length + lift))}`, {}, inline(match[2].replace(/\s#+\s*$/, ''))));
    } else if (rule.test(text)) {
      i++;
      out.push(el('hr'));
    } else if (text.startsWith('>')) {
      const body = until((l) => !l.startsWith('>')).map((l) => l.slice(1).replace(/^ /, ''));
      out.push(el('blockquote', {}, el('p', {}, inline(body.join(' ')))));
    } else if (item.test(text)) {
      out.push(listOf(until((l) => !l.trim() || (!item.test(l) && !/^\s/.test(l)))));
    } else if (row.test(text)) {
      out.push(table(until((l) => !row.test(l))));
    } else {
      const body = until((l) => !l.trim() || fence.test(l) || heading.test(l) || item.test(l) || row.test(l));
      out.push(el('p', {}, inline(body.map((l) => l.trim()).join(' '))));
    }
  }
  return out;
}

function scrollable(child) {
  return el('pre', { tabindex: '0' }, child);
}

// listOf makes a list; deeper items are a list in the item before, one level.
function listOf(lines) {
  const first = item.exec(lines[0]);
  const top = el(/\d/.test(first[2]) ? 'ol' : 'ul');
  let current = null;
  for (const text of lines) {
    const match = item.exec(text);
    if (!match) {
      current.append(...flat([' ', inline(text.trim())]));
    } else if (match[1].length > first[1].length + 1 && current) {
      let inner = current.querySelector('ul');
      if (!inner) current.append(inner = el('ul'));
      inner.append(el('li', {}, inline(match[3])));
    } else {
      top.append(current = el('li', {}, inline(match[3])));
    }
  }
  return top;
}

function table(lines) {
  const cells = (l) => l.trim().slice(1, -1).split('|').map((c) => c.trim());
  const [head, ...rest] = lines;
  const body = rest.filter((l) => !/^[\s|:-]+$/.test(l));
  return el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Table' }, el('table', {},
    el('thead', {}, el('tr', {}, cells(head).map((c) => el('th', { scope: 'col' }, inline(c))))),
    el('tbody', {}, body.map((l) => el('tr', {}, cells(l).map((c) => el('td', {}, inline(c))))))));
}

// One alternative for each thing that can stand in a line. Lengths are bounded,
// so that hostile text costs no more than its length.
const token = /`([^`\n]{1,1000})`|!\[([^\]\n]{0,300})\]\([^()\s]{0,1000}(?: "[^"\n]{0,200}")?\)|\[([^[\]\n]{1,300})\]\(([^()\s]{1,1000})(?: "[^"\n]{0,200}")?\)|<(https?:\/\/[^<>\s]{1,1000})>|(https?:\/\/[^\s<>"')\]]{1,1000})|\*\*([^*\n]{1,1000})\*\*|__([^_\n]{1,1000})__|\*([^*\s][^*\n]{0,1000})\*|(?<![\p{L}\p{N}])_([^_\s][^_\n]{0,1000})_(?![\p{L}\p{N}])/gu;

function inline(text, depth = 0) {
  if (depth > 3) return [text];
  const out = [];
  let last = 0;
  for (const m of text.matchAll(token)) {
    if (m.index > last) out.push(text.slice(last, m.index));
    last = m.index + m[0].length;
    out.push(...spanOf(m, depth));
  }
  if (last < text.length) out.push(text.slice(last));
  return out;
}

function spanOf(m, depth) {
  const [whole, code, image, label, target, angle, bare, strong, strong2, emphasis, emphasis2] = m;
  if (code !== undefined) return [el('code', {}, code)];
  if (image !== undefined) return [image];
  if (label !== undefined) return webAddress(target) ? [webLink(target, inline(label, depth + 1))] : [target.startsWith('#') ? label : whole];
  if (angle || bare) return [webLink(angle || bare)];
  if (strong || strong2) return [el('strong', {}, inline(strong || strong2, depth + 1))];
  return [el('em', {}, inline(emphasis || emphasis2, depth + 1))];
}
