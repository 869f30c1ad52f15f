package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// operatorUpgraded: a new version of the operator brings the API services to
// its own version, keeps the data and fetches nothing (pitfalls 17 and 34).
func operatorUpgraded(t *testing.T, w *world) {
	ns := w.namespace(t, "upgrade")
	w.git.Commit("upgrade/registry.json", fixture.ToolHive("one"))
	r := fixture.FromGit(ns, "team", w.git.url, "upgrade/registry.json")
	r.Spec.Source.Format = v1alpha1.FormatToolHive
	w.Create(t, r)
	w.Ready(t, r)
	w.serves(t, r, "one")
	w.forgetGitRequests(t, ns)
	next := w.LoadCopy(t, w.image, "e2e-next")
	watched := w.watchAPI(t, r)

	w.upgradeForStory(t, operatorValues(next))
	deployment := apiDeployment(r)
	took := cluster.Eventually(t, "the API service of the new version", func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(deployment), deployment); err != nil {
			return err
		}
		if is := deployment.Spec.Template.Spec.Containers[0].Image; is != next.Repository+":"+next.Tag {
			return fmt.Errorf("image %s", is)
		}
		if s := deployment.Status; s.ObservedGeneration != deployment.Generation || s.UpdatedReplicas != s.Replicas || s.ReadyReplicas != s.Replicas {
			return fmt.Errorf("status %+v", s)
		}
		return nil
	})
	w.Ready(t, r)
	asked, failed := watched()
	t.Logf("the API service is of the new version after %s; of %d requests meanwhile %d failed", took, asked, failed)
	require.Empty(t, w.git.Requests(), "the new version fetched what was not due")
	w.serves(t, r, "one")
}

// watchAPI asks the API of r again and again until the returned function is
// called, which tells how many requests there were and how many failed.
func (w *world) watchAPI(t *testing.T, r *v1alpha1.MCPRegistry) (stop func() (asked, failed int)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	base, err := w.address(ctx, r)
	require.NoError(t, err)
	type counts struct{ asked, failed int }
	result := make(chan counts, 1)
	go func() {
		var c counts
		for ctx.Err() == nil {
			var p page
			err := get(ctx, base+"/v0.1/servers", &p)
			if ctx.Err() != nil {
				break
			}
			c.asked++
			if err != nil || len(p.Servers) == 0 {
				c.failed++
			}
			time.Sleep(10 * time.Millisecond)
		}
		result <- c
	}()
	return func() (int, int) {
		cancel()
		c := <-result
		return c.asked, c.failed
	}
}
