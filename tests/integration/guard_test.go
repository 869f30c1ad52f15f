package integration

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

var acceptCommand = regexp.MustCompile(`accept-removal=(sha256:[0-9a-f]{64}) `)

// shrinkHeldAndAccepted: a source that loses most of its servers is not
// believed until a person accepts exactly that (principle 2).
func shrinkHeldAndAccepted(t *testing.T, w *world) {
	from, r := w.synced(t, "one", "two", "three", "four")
	setContent(t, w, from, fixture.ToolHive("one"))
	w.Condition(t, r, v1alpha1.ConditionReady, no, v1alpha1.ReasonShrinkHeld)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonShrinkHeld)
	require.Contains(t, r.Status.Message, "3 of 4 servers would go")
	w.stores(t, r, "one", "two", "three", "four")

	found := acceptCommand.FindStringSubmatch(r.Status.Message)
	require.NotNil(t, found, "the message holds the command: %s", r.Status.Message)
	setContent(t, w, from, fixture.ToolHive("two"))
	w.accept(t, r, found[1])
	w.stores(t, r, "one", "two", "three", "four")

	setContent(t, w, from, fixture.ToolHive("one"))
	w.accept(t, r, found[1])
	w.Ready(t, r)
	w.stores(t, r, "one")
}

// accept does what the message says, and waits until that was acted on.
func (w *world) accept(t *testing.T, r *v1alpha1.MCPRegistry, digest string) {
	t.Helper()
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		metav1.SetMetaDataAnnotation(&r.ObjectMeta, v1alpha1.AnnotationAcceptRemoval, digest)
	})
	trigger := w.SyncNow(t, r)
	w.pokeUntil(t, r, "the sync by hand", func() error {
		if r.Status.LastManualSyncTrigger != trigger {
			return fmt.Errorf("the last one is %q", r.Status.LastManualSyncTrigger)
		}
		return nil
	})
}

// strictly: with syncPolicy.strict one bad entry fails the source; without, it
// is told where people look.
func strictly(t *testing.T, w *world) {
	from, r := w.synced(t, "one")
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.SyncPolicy.Strict = true })
	w.Ready(t, r)
	bad := strings.Replace(fixture.ToolHive("one", "worse"), `"image":"ghcr.io/acme/worse:1.0.0",`, "", 1)
	setContent(t, w, from, bad)
	w.Condition(t, r, v1alpha1.ConditionDataValid, no, v1alpha1.ReasonEntriesRejected)
	require.Contains(t, r.Status.Message, "worse: ")
	w.stores(t, r, "one")

	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.SyncPolicy.Strict = false })
	w.Ready(t, r)
	w.Condition(t, r, v1alpha1.ConditionDataValid, yes, "")
	for _, c := range r.Status.Conditions {
		if c.Type == v1alpha1.ConditionDataValid {
			require.Contains(t, c.Message, "1 entries were rejected, the first are: worse: ")
		}
	}
	require.EqualValues(t, 1, r.Status.SyncStatus.RejectedCount)
}
