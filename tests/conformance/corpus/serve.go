package corpus

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// RegistryName is the name of the registry that [Serve] serves.
const RegistryName = "team"

// Serve serves snapshots over HTTP in this process; none has to be loaded yet.
func Serve(tb testing.TB, loaded ...registry.Snapshot) (*apiserver.Server, string) {
	tb.Helper()
	server := apiserver.New(apiserver.Options{RegistryName: RegistryName, Version: "v0.0.0-conformance"})
	for _, snapshot := range loaded {
		require.NoError(tb, server.Load(snapshot))
	}
	web := httptest.NewServer(server.Handler())
	tb.Cleanup(web.Close)
	return server, web.URL
}

// Final is the snapshot at the end of the [History].
func Final(tb testing.TB) registry.Snapshot {
	tb.Helper()
	snapshots, err := Snapshots(History())
	require.NoError(tb, err)
	return snapshots[len(snapshots)-1]
}

// Of is a snapshot of documents.
func Of(tb testing.TB, documents []json.RawMessage) registry.Snapshot {
	tb.Helper()
	snapshots, err := Snapshots([]Wave{{At: Noon, Published: documents}})
	require.NoError(tb, err)
	return snapshots[0]
}

// RealFiles are the real catalogues and their formats.
var RealFiles = map[string]format.Format{
	"toolhive-registry.json":           format.ToolHive,
	"toolhive-catalog-2026-08-24.json": format.Upstream,
	"toolhive-catalog-2026-11-03.json": format.Upstream,
	"upstream-registry.json":           format.Upstream,
}

// RealPath is where a real catalogue lies; the test is skipped where there is none.
func RealPath(tb testing.TB, file string) string {
	tb.Helper()
	folder := os.Getenv("MCP_REGISTRY_TEST_DATA")
	if folder == "" {
		tb.Skip("MCP_REGISTRY_TEST_DATA names no folder with real catalogues")
	}
	return filepath.Join(folder, file)
}

// Real is the snapshot of a real catalogue.
func Real(tb testing.TB, file string) registry.Snapshot {
	tb.Helper()
	data, err := os.ReadFile(RealPath(tb, file))
	require.NoError(tb, err)
	catalog, err := format.Parse(RealFiles[file], data)
	require.NoError(tb, err)
	snapshot, _, err := registry.Build(catalog.Servers, registry.Snapshot{}, Noon)
	require.NoError(tb, err)
	return snapshot
}
