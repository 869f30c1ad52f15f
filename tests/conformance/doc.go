// Package conformance and the packages below prove that the API service answers
// as the official MCP Registry does and that real clients work with it:
//
//	corpus    what is served in all of these tests
//	contract  answers against the official OpenAPI document, entries against
//	          the schemas of server.json
//	oracle    the same questions to the official registry and to ours
//	thv       the released ToolHive command line tool
//	vscode    what VS Code and GitHub Copilot send, byte for byte
//	peers     other registries that read from ours
//
// It is a Go module of its own, so that the operator does not depend on the
// official registry. Programs that take minutes to build come from `make
// conformance`; tests that need them are skipped without it.
package conformance
