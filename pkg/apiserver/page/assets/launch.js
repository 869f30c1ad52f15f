// How an entry is run or reached, apart from any client: a command with its
// environment, or an address with its headers. Values that only the user knows
// are holes; a secret is always one, whatever the source says.

import { isTreacherous, webAddress } from './dom.js';

export class Refusal extends Error {}

// choices are the ways to use an entry: its packages, then its remotes.
export function choices(entry) {
  return [
    ...entry.packages.map((p) => ({ label: `${p.type || 'package'}: ${p.identifier}`, package: p })),
    ...entry.remotes.map((r) => ({ label: `remote: ${r.url}`, remote: r })),
  ];
}

// value is what stands for an input; hole(name, secret, input) fills a gap.
function value(input, hole, secrets) {
  if (input.value && (!input.secret || /\{[^{}]+\}/.test(input.value))) {
    return input.value.replace(/\{([^{}]+)\}/g, (_, name) => hole(name, input.secret || secrets.has(name), input));
  }
  if (input.default && !input.secret) return input.default;
  return hole(input.name || input.hint || 'VALUE', input.secret, input);
}

const wanted = (optional) => (input) => optional || input.required || input.value !== '';

function words(inputs, optional, hole, secrets) {
  return inputs.filter(wanted(optional)).flatMap((i) => {
    if (i.kind !== 'named') return [value(i, hole, secrets)];
    const given = i.value || i.default || i.hint || i.required;
    return given ? [i.name, value(i, hole, secrets)] : [i.name];
  });
}

// launch returns {command, args, env}, or {url, headers} and for a package that
// has to be started first also {start}. It throws a Refusal, whose message is
// for people, when no safe command can be offered.
export function launch(choice, optional, hole) {
  return choice.remote ? remote(choice.remote, optional, hole) : local(choice.package, optional, hole);
}

function remote(r, optional, hole) {
  const secrets = new Set(r.variables.filter((v) => v.secret).map((v) => v.name));
  const headers = r.headers.filter(wanted(optional)).map((h) => [h.name, value(h, hole, secrets), h]);
  for (const [name] of headers) if (!/^[A-Za-z0-9][A-Za-z0-9!#$%&'*+.^_`|~-]*$/.test(name)) throw new Refusal('The name of a header is malformed, so no command is offered.');
  const byName = new Map(r.variables.map((v) => [v.name, v]));
  const url = address(r.url, (name) => value(byName.get(name) || { name, secret: false }, hole, secrets));
  return checked({ url, headers, sse: r.transport === 'sse' });
}

function address(template, fill) {
  if (!webAddress(template.replace(/\{[^{}]+\}/g, '1'))) throw new Refusal('The address is not one of the web (http or https), so no command is offered.');
  return template.replace(/\{([^{}]+)\}/g, (_, name) => fill(name));
}

function local(p, optional, hole) {
  if (!['stdio', 'streamable-http', 'sse'].includes(p.transport)) throw new Refusal(`The transport ${p.transport} is unknown, so no command is offered.`);
  const secrets = new Set(p.variables.filter((v) => v.secret).map((v) => v.name));
  const env = p.variables.filter(wanted(optional)).map((v) => [v.name, value(v, hole, secrets), v]);
  for (const [name] of env) if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Refusal('The name of an environment variable is malformed, so no command is offered.');
  if (!p.identifier || /^-|\s/.test(p.identifier) || /\s/.test(p.version)) throw new Refusal('The identifier of the package is malformed, so no command is offered.');
  const args = words(p.arguments, optional, hole, secrets);
  const before = words(p.runtimeArguments, optional, hole, secrets);
  if (p.transport === 'stdio') return checked({ ...command(p, env, before, args), env, package: p, rest: args });
  const url = p.url ? address(p.url, (name) => hole(name, secrets.has(name), { name })) : '';
  return checked({ url, headers: [], sse: p.transport === 'sse', start: starter(p, env, before, args, url), env, package: p, rest: args });
}

function command(p, env, before, args) {
  switch (p.type) {
    case 'npm': return { command: p.hint === 'bunx' ? 'bunx' : 'npx', args: [...(p.hint === 'bunx' ? [] : ['-y']), ...before, versioned(p, '@'), ...args] };
    case 'pypi': return { command: 'uvx', args: [...before, versioned(p, '@'), ...args] };
    case 'nuget': return { command: 'dnx', args: [versioned(p, '@'), '--yes', ...before, ...(args.length ? ['--', ...args] : [])] };
    case 'oci': return { command: engine(p), args: ['run', '-i', '--rm', ...env.flatMap(([name]) => ['-e', name]), ...before, image(p), ...args] };
    case 'mcpb': throw new Refusal('This package is an MCP bundle: download it and open it with Claude Desktop or another client that installs bundles.');
    default: throw new Refusal(`Packages of the type ${p.type || '(none)'} have no known way to start.`);
  }
}

// starter is the command of a package that listens instead of talking over its
// standard input.
function starter(p, env, before, args, url) {
  if (p.type !== 'oci') {
    const c = command(p, env, before, args);
    return ['env', ...env.map(([name, text]) => `${name}=${text}`), c.command, ...c.args].slice(env.length ? 0 : 1);
  }
  const port = portOf(url);
  return [engine(p), 'run', '--rm', ...(port ? ['-p', `127.0.0.1:${port}:${port}`] : []),
    ...env.flatMap(([name, text]) => ['-e', `${name}=${text}`]), ...before, image(p), ...args];
}

export function portOf(url) {
  try { return new URL(url).port; } catch { return ''; }
}

const engine = (p) => (p.hint === 'podman' ? 'podman' : 'docker');

export function versioned(p, sign) {
  return p.version && !p.identifier.slice(1).includes('@') ? `${p.identifier}${sign}${p.version}` : p.identifier;
}

// image is the reference of an image; older records have its parts apart.
export function image(p) {
  let name = p.identifier;
  const host = p.baseURL.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  if (host && host !== 'docker.io' && !/^[^/]*[.:][^/]*\//.test(name)) name = `${host}/${name}`;
  const tagged = /@sha256:|:[^/]+$/.test(name);
  return tagged || !p.version ? name : `${name}:${p.version}`;
}

// checked refuses what could look different from what it does when it is pasted.
function checked(made) {
  const all = [made.command, made.url, ...(made.args || []), ...(made.start || []), ...(made.headers || []).map((h) => h[1]), ...(made.env || []).map((e) => e[1])];
  if (all.some((text) => text && (isTreacherous(text) || /[\n\t]/.test(text)))) throw new Refusal('This entry contains control characters, so no command is offered.');
  return made;
}
