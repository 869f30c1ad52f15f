package e2e

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// many is more than ten times what fits into a ConfigMap (pitfall 30).
const many = 10_000

// manyServers: a large registry spans several ConfigMaps, is served whole, and
// stays so while it changes.
func manyServers(t *testing.T, w *world) {
	ns := w.namespace(t, "many")
	w.git.Commit("many/registry.json", catalogue(t, many))
	r := fixture.FromGit(ns, "many", w.git.url, "many/registry.json")
	began := time.Now()
	w.Create(t, r)
	w.Ready(t, r)
	require.Len(t, w.allServed(t, r), many)
	chunks := w.chunks(t, r)
	require.Greater(t, len(chunks), 1, "the data fits into one ConfigMap, so this shows nothing")
	t.Logf("%d servers in %d chunks found through the API %s after the registry was created", many, len(chunks), time.Since(began))

	w.git.Commit("many/registry.json", catalogue(t, many+1))
	began = time.Now()
	w.SyncNow(t, r)
	cluster.Eventually(t, "one server more", func(ctx context.Context) error {
		all, err := w.served(ctx, r)
		// Pages of two snapshots may follow each other, but no server is ever missing.
		if err == nil && len(all) < many {
			t.Fatalf("only %d servers are served during the change", len(all))
		}
		if err == nil && len(all) != many+1 {
			err = fmt.Errorf("%d servers", len(all))
		}
		return err
	})
	t.Logf("a change is served whole %s after the manual trigger", time.Since(began))
}

// catalogue is an upstream registry file. Its texts are noise, so that
// compression does not make it small.
func catalogue(t *testing.T, servers int) string {
	t.Helper()
	noise := rand.NewChaCha8([32]byte{1})
	text := make([]byte, 200)
	var entries bytes.Buffer
	for i := range servers {
		if i > 0 {
			entries.WriteByte(',')
		}
		_, _ = noise.Read(text) // never fails
		entry, err := json.Marshal(map[string]any{
			"name": fmt.Sprintf("io.example.team-%02d/server-%05d", i%50, i), "version": "1.0.0",
			"description": hex.EncodeToString(text),
			"remotes":     []any{map[string]any{"type": "streamable-http", "url": fmt.Sprintf("https://mcp.example.com/%d", i)}},
		})
		require.NoError(t, err)
		entries.Write(entry)
	}
	return `{"version":"1.0.0","meta":{"last_updated":"2026-11-01T00:00:00Z"},"data":{"servers":[` + entries.String() + `],"groups":[]}}`
}
