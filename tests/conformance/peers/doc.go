// Package peers holds other registries that read from ours: toolhive-registry-server
// with ours as a source, the importer of the official registry and mcp-publisher's
// status command. They are as careless as the originals: cursors go into the URL
// unescaped, and the answers go into the official registry's own Go types.
package peers
