// What the page shows is what its address says: a link can be shared, and Back
// works.

export const facets = [
  { key: 'transport', field: 'transports', title: 'Transport' },
  { key: 'package_type', field: 'packageTypes', title: 'Package type' },
  { key: 'tier', field: 'tiers', title: 'Tier' },
  { key: 'status', field: 'statuses', title: 'Status' },
  { key: 'tag', field: 'tags', title: 'Tags' },
];

export function parse(search) {
  const p = new URLSearchParams(search);
  const chosen = {};
  for (const { key } of facets) chosen[key] = [...new Set(p.getAll(key))].filter(Boolean).slice(0, 50);
  return {
    view: p.has('server') ? 'detail' : p.get('view') === 'about' ? 'about' : 'list',
    q: (p.get('q') || '').slice(0, 256),
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
