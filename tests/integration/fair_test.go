package integration

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	testclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// TestEveryRegistryHasItsTurn: where slow sources keep all workers busy for good,
// a registry that was there before the operator started is still looked at (pitfall 9).
func TestEveryRegistryHasItsTurn(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a control plane")
	}
	w := &world{Cluster: cluster.ControlPlane(t), clock: testclock.NewFakePassiveClock(time.Now()), git: gitserver.New(t)}
	w.makeReviewRole(t)
	w.runClock(t)
	ns := w.namespace(t)
	patient := fixture.FromConfigMap(ns, "patient")
	patient.Spec.SyncPolicy.Interval = "10s"
	w.Create(t, fixture.Source(ns, "patient", fixture.ToolHive("one")), patient)
	w.run(t, w.manager(t))
	w.stores(t, patient, "one")

	w.git.Intercept(func(_ http.ResponseWriter, req *http.Request) bool {
		<-req.Context().Done()
		return true
	})
	for i := range 8 { // twice as many as there are workers
		slow := fixture.FromGit(ns, fmt.Sprintf("slow-%d", i), w.git.URL(), "any.json")
		slow.Spec.SyncPolicy.Interval, slow.Spec.SyncPolicy.Timeout = "10s", "10s"
		w.Create(t, slow)
	}
	cluster.Eventually(t, "all workers to be busy", func(ctx context.Context) error {
		var first v1alpha1.MCPRegistry
		first.Namespace, first.Name = ns, "slow-0"
		return w.attempted(ctx, &first)
	})
	for range 3 {
		require.NoError(t, w.attempted(t.Context(), patient))
		last := patient.Status.SyncStatus.LastAttempt
		cluster.Eventually(t, "another look", func(ctx context.Context) error {
			if err := w.attempted(ctx, patient); err != nil {
				return err
			}
			return attemptedAfter(patient, last)
		})
	}
}

// attempted refreshes r; it is an error if there was no sync yet.
func (w *world) attempted(ctx context.Context, r *v1alpha1.MCPRegistry) error {
	if err := w.Client.Get(ctx, client.ObjectKeyFromObject(r), r); err != nil {
		return err
	}
	if r.Status.SyncStatus == nil || r.Status.SyncStatus.LastAttempt == nil {
		return fmt.Errorf("%s was not synced yet", r.Name)
	}
	return nil
}

// runClock makes the controller's clock go, until the test ends.
func (w *world) runClock(t *testing.T) {
	t.Helper()
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(100 * time.Millisecond); ; {
			select {
			case <-stop:
				return
			case now := <-tick.C:
				w.clock.SetTime(now)
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-ended })
}
