// What the page shows is what its address says: a link can be shared, and Back
// works.

export const facets = [
  { key: 'transport', field: 'transports', title: 'Transport', fixed: ['stdio', 'streamable-http', 'sse'] },
  { key: 'package_type', field: 'packageTypes', title: 'Package type' },
  { key: 'tier', field: 'tiers', title: 'Tier' },
  { key: 'status', field: 'statuses', title: 'Status' },
  { key: 'tag', field: 'tags', title: 'Tags' },
];

// The most that the API takes: it refuses a search with more.
export const most = {
  values: 10, // of one filter
  text: 256, // bytes of UTF-8, of the words together and of each value
  filters: 1024, // bytes of all values together, percent-encoded
};

// cut returns what of the text the API takes, never a part of a character.
export function cut(text) {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(most.text));
  return text.slice(0, read).trim();
}

// room says whether the API takes one more value of a filter.
export function room(chosen, key, value) {
  if (chosen[key].length >= most.values || new TextEncoder().encode(value).length > most.text) return false;
  return Object.values(chosen).flat().reduce((n, v) => n + bytesInURL(v), bytesInURL(value)) <= most.filters;
}

// bytesInURL counts as the API does: all but these characters are escaped.
function bytesInURL(value) {
  return new TextEncoder().encode(value.replace(/[A-Za-z0-9._-]/g, '')).length * 3 + (value.match(/[A-Za-z0-9._-]/g) || []).length;
}

// choose adds the values of an address, as far as there is room for them and
// there are such values: one that the API refuses would hide all the rest.
function choose(chosen, { key, fixed }, values) {
  for (const given of values) {
    const value = fixed ? given.toLowerCase() : given;
    const known = value && (!fixed || fixed.includes(value));
    if (known && !chosen[key].includes(value) && room(chosen, key, value)) chosen[key].push(value);
  }
}

export function parse(search) {
  const p = new URLSearchParams(search);
  const chosen = nothingChosen();
  for (const facet of facets) choose(chosen, facet, p.getAll(facet.key));
  return {
    view: p.has('server') ? 'detail' : p.get('view') === 'about' ? 'about' : 'list',
    q: cut(p.get('q') || ''),
    chosen,
    server: p.get('server') || '',
    version: p.get('version') || '',
  };
}

// listQuery are the parameters of the search, for the address and for the API.
export function listQuery({ q, chosen }) {
  const p = new URLSearchParams();
  if (q) p.set('q', q);
  for (const { key } of facets) for (const value of chosen[key] || []) p.append(key, value);
  return p;
}

export function listAddress(state) {
  const text = listQuery(state).toString();
  return text && `?${text}`;
}

export function detailAddress(server, version) {
  const p = new URLSearchParams({ server });
  if (version) p.set('version', version);
  return `?${p}`;
}

export function countChosen({ chosen }) {
  return facets.reduce((n, { key }) => n + chosen[key].length, 0);
}

export const nothingChosen = () => Object.fromEntries(facets.map(({ key }) => [key, []]));
