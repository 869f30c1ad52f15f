package integration

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// anotherRegistry: a registry mirrors another one of ours, follows its changes,
// and keeps what it has while that one is gone (pitfalls 1 and 12).
func anotherRegistry(t *testing.T, w *world) {
	from, origin := w.synced(t, "one", "two")
	service := w.follow(t, origin)
	told(t, service, "two servers", func(s registryState) bool { return s.Servers == 2 })
	web := httptest.NewTLSServer(service.Handler())
	defer web.Close()

	mirror := fixture.FromAPI(origin.Namespace, "mirror", web.URL+"/registry/"+origin.Name)
	w.Create(t, mirror)
	w.Ready(t, mirror)
	w.stores(t, mirror, "one", "two")
	require.Equal(t, v1alpha1.FormatToolHive, mirror.Spec.Source.Format, "the default does not matter for a registry")

	setContent(t, w, from, fixture.ToolHive("two", "three"))
	w.stores(t, origin, "two", "three")
	now := w.manifest(t, origin).Digest
	told(t, service, "the new servers", func(s registryState) bool { return string(s.Digest) == string(now) })
	w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
	w.poke(t, mirror)
	w.stores(t, mirror, "two", "three")

	web.Close()
	w.SyncNow(t, mirror)
	w.Condition(t, mirror, v1alpha1.ConditionSourceAvailable, no, v1alpha1.ReasonSourceUnavailable)
	w.stores(t, mirror, "two", "three")
}
