// Commands, files and links that install an entry, for each client. Pure: text
// in, text out.

import { isTreacherous } from './dom.js';
import { choices, image, launch, portOf, Refusal, versioned } from './launch.js';
import { line } from './shell.js';

const pretty = (value) => JSON.stringify(value, null, 2);
const maxLink = 8000;

// shortName is a name that all clients accept: the last part of the entry's.
export function shortName(name) {
  return name.split('/').pop().replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60) || 'mcp-server';
}

const placeholder = (name) => `<${name}>`;

function pairs(list) {
  return list && list.length ? Object.fromEntries(list.map(([name, text]) => [name, text])) : undefined;
}

// plainConfig is the shape that Cursor and Claude Desktop share.
function plainConfig(l) {
  return l.command ? { command: l.command, args: l.args, env: pairs(l.env) } : { url: l.url, headers: pairs(l.headers) };
}

function typedConfig(l) {
  return l.command ? { type: 'stdio', ...plainConfig(l) } : { type: l.sse ? 'sse' : 'http', ...plainConfig(l) };
}

function start(l) {
  return l.start ? [{ title: 'Start it first', code: line(l.start) }] : [];
}

function needsURL(l) {
  if (!l.command && !l.url) throw new Refusal('This package listens on an address that its entry does not tell; thv finds it.');
  return l;
}

export function vscode(name, choice, optional) {
  const inputs = new Map();
  const hole = (id, secret, input) => {
    const key = id.replace(/[^A-Za-z0-9_.-]+/g, '_');
    const before = inputs.get(key);
    inputs.set(key, { type: 'promptString', id: key, description: (input.description || id).slice(0, 300), password: Boolean(secret || (before && before.password)) });
    return `\${input:${key}}`;
  };
  const config = typedConfig(needsURL(launch(choice, optional, hole)));
  const asked = inputs.size ? [...inputs.values()] : undefined;
  const one = JSON.stringify({ name, ...config, inputs: asked });
  const link = `vscode:mcp/install?${encodeURIComponent(one)}`;
  return {
    link: link.length <= maxLink ? { label: 'Install in VS Code', address: link } : null,
    blocks: [
      ...start(launch(choice, optional, placeholder)),
      { title: 'Command', code: `code --add-mcp ${line([one])}` },
      { title: '.vscode/mcp.json', code: pretty({ servers: { [name]: config }, inputs: asked }) },
    ],
  };
}

export function cursor(name, choice, optional) {
  const l = needsURL(launch(choice, optional, placeholder));
  const config = plainConfig(l);
  const link = `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeURIComponent(name)}&config=${encodeURIComponent(base64(JSON.stringify(config)))}`;
  return {
    link: link.length <= maxLink ? { label: 'Install in Cursor', address: link } : null,
    blocks: [...start(l), { title: '~/.cursor/mcp.json', code: pretty({ mcpServers: { [name]: config } }) }],
  };
}

export function claude(name, choice, optional) {
  const l = needsURL(launch(choice, optional, placeholder));
  // Options that take several values would swallow the name, so --transport
  // stands between them, and headers come last.
  const words = l.command
    ? ['claude', 'mcp', 'add', ...l.env.flatMap(([key, text]) => ['--env', `${key}=${text}`]), '--transport', 'stdio', name, '--', l.command, ...l.args]
    : ['claude', 'mcp', 'add', '--transport', l.sse ? 'sse' : 'http', name, l.url, ...l.headers.flatMap(([key, text]) => ['--header', `${key}: ${text}`])];
  const blocks = [...start(l), { title: 'Claude Code', code: line(words) }];
  if (l.command) {
    blocks.push({ title: 'claude_desktop_config.json', code: pretty({ mcpServers: { [name]: plainConfig(l) } }) });
  } else {
    blocks.push({ title: '.mcp.json of a project', code: pretty({ mcpServers: { [name]: typedConfig(l) } }) });
    blocks.push({ title: 'Claude Desktop', note: 'Settings → Connectors → Add custom connector, with this address:', code: l.url });
  }
  return { blocks };
}

// targetOf is what thv runs; "" if it cannot run the package.
function targetOf(p) {
  switch (p.type) {
    case 'oci': return image(p);
    case 'npm': return `npx://${versioned(p, '@')}`;
    case 'pypi': return `uvx://${versioned(p, '@')}`;
    default: return '';
  }
}

export function thv(name, choice, optional, registryName, registryAddress) {
  const l = launch(choice, optional, placeholder);
  const run = ['thv', 'run', '--name', name];
  const secrets = [];
  const secret = (key) => { const id = key.replace(/[^A-Za-z0-9_.-]+/g, '_'); secrets.push(line(['thv', 'secret', 'set', id])); return id; };
  if (choice.remote) {
    if (l.sse) run.push('--transport', 'sse');
    for (const [key, text, input] of l.headers) {
      if (input.secret) run.push('--remote-forward-headers-secret', `${key}=${secret(key)}`);
      else run.push('--remote-forward-headers', `${key}=${text}`);
    }
    run.push(l.url);
  } else {
    const p = choice.package;
    const target = targetOf(p);
    if (!target) throw new Refusal(`thv runs images, npm and PyPI packages, but none of the type ${p.type}.`);
    if (p.transport !== 'stdio') run.push('--transport', p.transport, ...(portOf(l.url) ? ['--target-port', portOf(l.url)] : []));
    for (const [key, text, input] of l.env) {
      if (input.secret) run.push('--secret', `${secret(key)},target=${key}`);
      else run.push('--env', `${key}=${text}`);
    }
    run.push(target, ...(l.rest.length ? ['--', ...l.rest] : []));
  }
  const blocks = [];
  if (secrets.length) blocks.push({ title: 'Store secrets', note: 'thv asks for each value.', code: secrets.join('\n') });
  blocks.push({ title: 'Run', code: line(run) });
  if (!/^-|\s/.test(registryName) && !isTreacherous(registryName)) {
    blocks.push({ title: 'Or by name', note: 'After thv was told of this registry once, the name is enough.', code: `${line(['thv', 'config', 'set-registry', registryAddress])}\n${line(['thv', 'run', registryName])}` });
  }
  return { blocks };
}

export const clients = [
  { id: 'vscode', title: 'VS Code', make: vscode },
  { id: 'cursor', title: 'Cursor', make: cursor },
  { id: 'claude', title: 'Claude', make: claude },
  { id: 'thv', title: 'thv', make: thv },
];

// hasOptional tells whether there is anything that a user may set or leave.
export function hasOptional(choice) {
  const p = choice.package;
  const inputs = p ? [...p.variables, ...p.arguments, ...p.runtimeArguments] : choice.remote.headers;
  return inputs.some((i) => !i.required && i.value === '');
}

function base64(text) {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

export { choices, Refusal };
