// Asks the registry API, relative to this page, so every path prefix works.

const base = new URL('v0.1/', document.baseURI);
const tokenKey = `token ${base.pathname}`;

// The token lives in this tab alone. Where storage is forbidden it lives as
// long as the page.
let token = '';
try { token = sessionStorage.getItem(tokenKey) || ''; } catch { /* no storage */ }

export function setToken(text) {
  token = text;
  try {
    if (text) sessionStorage.setItem(tokenKey, text); else sessionStorage.removeItem(tokenKey);
  } catch { /* no storage */ }
}

export const hasToken = () => token !== '';

export class Failure extends Error {
  constructor(status, message, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

async function get(path, signal) {
  const headers = { Accept: 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(new URL(path, base), { headers, signal, referrerPolicy: 'no-referrer' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Failure(0, 'The registry cannot be reached. Check the connection and try again.');
  }
  let body = null;
  try { body = await response.json(); } catch (error) { if (error.name === 'AbortError') throw error; }
  if (!response.ok) {
    const detail = body && typeof body.detail === 'string' ? body.detail : `status ${response.status}`;
    throw new Failure(response.status, detail, Number(response.headers.get('Retry-After')) || 0);
  }
  if (body === null || typeof body !== 'object') throw new Failure(0, 'The answer is not one of a registry.');
  return body;
}

export function search(query, cursor, signal) {
  const p = new URLSearchParams(query);
  p.set('limit', '30');
  if (cursor) p.set('cursor', cursor);
  return get(`x/servers/search?${p}`, signal);
}

export const versions = (name, signal) => get(`servers/${segment(name)}/versions?include_deleted=true`, signal);

export const registry = (signal) => get('x/registry', signal);

export const address = () => base.href.slice(0, -'/v0.1/'.length);

// segment leaves the slash of an ordinary name as it is: many proxies refuse
// %2F in a path, and the API takes both. Other names need it escaped.
export function segment(name) {
  const plain = /^[A-Za-z0-9.-]*[A-Za-z0-9-][A-Za-z0-9.-]*\/[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name);
  return plain && !name.endsWith('/versions') ? name : encodeURIComponent(name);
}
