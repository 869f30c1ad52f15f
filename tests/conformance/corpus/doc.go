// Package corpus makes the registries that the conformance tests serve.
//
// [History] is small and holds all that is special; [Numbered] is large and
// dull. Both are the same in every run. Files of real catalogues come from the
// folder that MCP_REGISTRY_TEST_DATA names and are never part of the repository.
package corpus
