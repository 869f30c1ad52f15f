package packaging

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestHelm tells the stories with Helm 3 and with Helm 4, which applies
// server-side: there, who owns which field matters.
func TestHelm(t *testing.T) {
	if os.Getenv("E2E_PACKAGING") == "" {
		t.Skip("set E2E_PACKAGING=1 to install the chart with helm on a cluster with a node; make e2e-packaging does")
	}
	w := newWorld(t)
	three, four := w.helm(t, "HELM3"), w.helm(t, "HELM4")
	for _, story := range []struct {
		name string
		tell func(t *testing.T)
	}{
		{"Helm 3", func(t *testing.T) { life(t, w, three) }},
		{"Helm 4", func(t *testing.T) { life(t, w, four) }},
		{"side by side", func(t *testing.T) { sideBySide(t, w, three, four) }},
		{"Helm 4 after Helm 3", func(t *testing.T) { takenOver(t, w, three, four) }},
		{"as documented", func(t *testing.T) { documented(t, w, three) }},
	} {
		t.Run(story.name, func(t *testing.T) {
			w.withoutDefinition(t)
			story.tell(t)
		})
	}
}

// life is what a release goes through. Somebody reads the registry all the time,
// and every answer is whole.
func life(t *testing.T, w *world, h helm) {
	l := newRelease(t, w, h)
	l.installed(t)
	l.upgraded(t)
	l.rolledBack(t)
	l.uninstalled(t)
	l.adopted(t)
	l.renamed(t)
	l.reader.stop(t)
}

// takenOver: who changes from Helm 3 to Helm 4 need not do anything, and may have
// Helm apply server-side from then on.
func takenOver(t *testing.T, w *world, three, four helm) {
	l := newRelease(t, w, three)
	l.installed(t)
	l.helm = four.in(l.system)
	l.upgraded(t)
	l.appliedBy(t, metav1.ManagedFieldsOperationUpdate)
	l.helm.run(t, "upgrade", l.name, w.current, "--reuse-values", "--server-side=true", "--set", "logLevel=debug")
	l.appliedBy(t, metav1.ManagedFieldsOperationApply)
	require.Contains(t, l.helm.run(t, "get", "values", l.name), "logLevel: debug")
	l.mayReview(t)

	l.scale(t, l.system, 2)
	_, err := l.helm.try(t, "upgrade", l.name, w.current, "--reuse-values")
	require.ErrorContains(t, err, ".spec.replicas", "it says which field somebody else has changed")
	l.helm.run(t, "upgrade", l.name, w.current, "--reuse-values", "--force-conflicts")
	require.EqualValues(t, 1, *l.operator(t, l.system).Spec.Replicas)
	l.reader.check(t, "applying server-side")
	l.reader.stop(t)
}
