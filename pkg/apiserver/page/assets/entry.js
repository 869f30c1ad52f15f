// Reads a record of the API. Sources are not trusted to have the right types:
// what is not as expected is left out.

const publisherKey = 'io.modelcontextprotocol.registry/publisher-provided';
const officialKey = 'io.modelcontextprotocol.registry/official';
const toolhiveKey = 'io.github.stacklok';

export const text = (value) => (typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '');
export const list = (value) => (Array.isArray(value) ? value : []);
export const object = (value) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {});
const texts = (value) => list(value).map(text).filter(Boolean);
const unique = (values) => [...new Set(values)];

export function read(record) {
  const server = object(object(record).server);
  const official = object(object(object(record)._meta)[officialKey]);
  const publisher = object(object(server._meta)[publisherKey]);
  const toolhive = object(publisher[toolhiveKey]);
  const extensions = Object.values(toolhive).map(object);
  const first = (key) => extensions.map((e) => text(e[key])).find(Boolean) || '';
  const details = object(extensions.map((e) => e.metadata).find(Boolean));
  return {
    name: text(server.name),
    title: text(server.title),
    description: text(server.description),
    version: text(server.version),
    status: text(official.status) || 'active',
    isLatest: official.isLatest === true,
    publishedAt: text(official.publishedAt),
    updatedAt: text(official.updatedAt),
    tags: unique(extensions.flatMap((e) => texts(e.tags))),
    tier: first('tier'),
    toolhiveStatus: first('status'),
    tools: readTools(extensions),
    packages: list(server.packages).map(object).map((p) => readPackage(p, object(toolhive[text(p.identifier)]))),
    remotes: list(server.remotes).map(object).map(readRemote),
    overview: first('overview') || text(publisher.readme) || first('readme') || text(server.readme),
    repository: text(object(server.repository).url),
    website: text(server.websiteUrl),
    license: first('license'),
    stars: typeof details.stars === 'number' ? details.stars : null,
    signedBy: text(object(extensions.map((e) => e.provenance).find(Boolean)).repository_uri),
    raw: record,
  };
}

function readTools(extensions) {
  const found = new Map();
  for (const name of extensions.flatMap((e) => texts(e.tools))) found.set(name, { name, description: '', parameters: [] });
  for (const definition of extensions.flatMap((e) => list(e.tool_definitions)).map(object)) {
    const name = text(definition.name);
    if (!name) continue;
    const schema = object(definition.inputSchema);
    const required = texts(schema.required);
    found.set(name, {
      name,
      description: text(definition.description),
      parameters: Object.entries(object(schema.properties)).map(([key, value]) => ({
        name: key, type: typeOf(object(value)), required: required.includes(key), description: text(object(value).description),
      })),
    });
  }
  return [...found.values()];
}

function typeOf(schema) {
  if (schema.type) return list(schema.type).length ? texts(schema.type).join(' or ') : text(schema.type);
  return unique(list(schema.anyOf).map((s) => text(object(s).type)).filter((t) => t && t !== 'null')).join(' or ');
}

function readPackage(p, extension) {
  const given = list(p.packageArguments ?? p.package_arguments).map(object).map(readInput);
  return {
    type: text(p.registryType) || text(p.registry_type) || text(p.registry_name),
    baseURL: text(p.registryBaseUrl) || text(p.registry_base_url),
    identifier: text(p.identifier) || text(p.name),
    version: text(p.version),
    hash: text(p.fileSha256) || text(p.file_sha256),
    hint: text(p.runtimeHint) || text(p.runtime_hint),
    transport: text(object(p.transport).type) || 'stdio',
    url: text(object(p.transport).url),
    variables: list(p.environmentVariables ?? p.environment_variables).map(object).map(readInput),
    runtimeArguments: list(p.runtimeArguments ?? p.runtime_arguments).map(object).map(readInput),
    arguments: given.length ? given : texts(extension.args).map((value) => readInput({ type: 'positional', value })),
  };
}

function readRemote(r) {
  return {
    transport: text(r.type) || text(r.transport_type) || 'streamable-http',
    url: text(r.url),
    headers: list(r.headers).map(object).map(readInput),
    variables: Object.entries(object(r.variables)).map(([name, value]) => readInput({ ...object(value), name })),
  };
}

// readInput reads what the user has to give: a variable, an argument, a header.
function readInput(i) {
  return {
    name: text(i.name),
    kind: text(i.type),
    description: text(i.description),
    value: text(i.value),
    default: text(i.default),
    hint: text(i.valueHint) || text(i.value_hint),
    choices: texts(i.choices),
    required: (i.isRequired ?? i.is_required) === true,
    secret: (i.isSecret ?? i.is_secret) === true,
  };
}
