// Makes nodes. Whatever comes from a source becomes a text node or one of a few
// harmless attributes; there is no way here to make HTML from a string.

// Characters that would hide or reorder the text around them: controls and
// directional overrides. They are shown by their number.
const treacherous = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

export function visible(text) {
  return String(text).replace(treacherous, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function isTreacherous(text) {
  return String(text).search(treacherous) >= 0;
}

const allowed = /^(class|id|type|name|value|for|role|tabindex|title|lang|dir|datetime|hidden|rows|scope|autocomplete|spellcheck|placeholder|open|aria-[a-z]+|data-[a-z]+)$/;

// el makes an element. Attributes that load or run something are refused: links
// are made by the functions below.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (!allowed.test(key)) throw new Error(`attribute ${key} is not for el()`);
    node.setAttribute(key, value === true ? '' : visible(value));
  }
  node.append(...flat(children));
  return node;
}

export function flat(children) {
  return children.flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== '')
    .map((child) => (child instanceof Node ? child : document.createTextNode(visible(child))));
}

export function fill(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

// webAddress returns the address if it is one that a browser may be sent to,
// and null for everything else, javascript: above all.
export function webAddress(address) {
  if (typeof address !== 'string' || address.length > 2048) return null;
  try {
    const url = new URL(address);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

// webLink leads to another site. What is no web address stays text.
export function webLink(address, ...children) {
  const href = webAddress(address);
  const content = children.length ? children : [address];
  if (!href) return el('span', {}, content);
  const node = el('a', { class: 'out' }, content);
  node.href = href;
  node.rel = 'noreferrer noopener nofollow';
  node.target = '_blank';
  return node;
}

// pageLink leads to another state of this page; query is from state.js.
export function pageLink(query, attributes, ...children) {
  const node = el('a', attributes, children);
  node.href = query || './';
  node.dataset.page = '';
  return node;
}

// appLink opens an editor; only the two schemes that we make ourselves.
export function appLink(address, ...children) {
  if (!/^(vscode:mcp\/install\?|cursor:\/\/anysphere\.cursor-deeplink\/mcp\/install\?)/.test(address)) throw new Error('not the link of an editor');
  const node = el('a', { class: 'button primary' }, children);
  node.href = address;
  return node;
}

// icon draws a line icon from path data that is written in our own code.
export function icon(path) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [key, value] of [['viewBox', '0 0 20 20'], ['width', '16'], ['height', '16'], ['aria-hidden', 'true'], ['fill', 'none'], ['stroke', 'currentColor'], ['stroke-width', '1.7'], ['stroke-linecap', 'round'], ['stroke-linejoin', 'round']]) {
    svg.setAttribute(key, value);
  }
  const line = document.createElementNS(space, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

// avatar stands for the entry's own icon, which lies on another host.
export function avatar(entry) {
  const letter = [...(entry.title || entry.name).replace(/[^\p{L}\p{N}]/gu, '')][0] || '?';
  let hash = 0;
  for (const c of entry.name.slice(0, 200)) hash = (hash * 31 + c.codePointAt(0)) % 9973;
  return el('span', { class: `avatar hue-${hash % 8}`, 'aria-hidden': 'true' }, letter.toUpperCase());
}
