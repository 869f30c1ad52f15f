// Small pieces that several views show alike.

import { el } from './dom.js';

const transports = { stdio: 'stdio', 'streamable-http': 'HTTP', sse: 'SSE' };
const packageTypes = { oci: 'container', npm: 'npm', pypi: 'PyPI', nuget: 'NuGet', mcpb: 'MCP bundle', remote: 'remote' };

export const transportName = (type) => (Object.hasOwn(transports, type) ? transports[type] : type);
export const packageName = (type) => (Object.hasOwn(packageTypes, type) ? packageTypes[type] : type);

export const number = (n) => Number(n).toLocaleString('en');
export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

const steps = [['year', 31536000], ['month', 2592000], ['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60]];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

// when shows a time as its distance from now, and exactly on demand. What is no
// time is shown as it is.
export function when(text) {
  const time = Date.parse(text);
  if (Number.isNaN(time)) return el('span', {}, text);
  const seconds = (time - Date.now()) / 1000;
  const step = steps.find(([, size]) => Math.abs(seconds) >= size);
  const said = step ? relative.format(Math.trunc(seconds / step[1]), step[0]) : 'just now';
  return el('time', { datetime: new Date(time).toISOString(), title: new Date(time).toLocaleString('en', { dateStyle: 'long', timeStyle: 'long' }) }, said);
}

// badges are what one has to know of an entry before using it.
export function badges(entry) {
  const old = entry.status !== 'active';
  return [
    entry.tier && el('span', { class: entry.tier.toLowerCase() === 'official' ? 'badge official' : 'badge' }, entry.tier),
    old && el('span', { class: 'badge warn' }, entry.status),
    !old && entry.toolhiveStatus && entry.toolhiveStatus.toLowerCase() !== 'active' && el('span', { class: 'badge warn' }, entry.toolhiveStatus),
  ];
}
