package olm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// TestOLM tells the stories one after the other: OLM refuses two operators for the
// same kind in one namespace.
func TestOLM(t *testing.T) {
	if os.Getenv("E2E_PACKAGING") == "" {
		t.Skip("set E2E_PACKAGING=1 and the programs to use; make e2e-packaging does both")
	}
	w := newWorld(t)
	now := committed(t)
	w.addCatalog(t, "catalog", now)
	for _, mode := range []struct {
		name, why string
		targets   []string
	}{
		{"own", "OwnNamespace: a team installs it for itself", []string{"olm-own"}},
		{"single", "SingleNamespace: operator and registries apart", []string{"olm-single-team"}},
		{"multi", "MultiNamespace: several teams", []string{"olm-multi-a", "olm-multi-b"}},
		{"all", "AllNamespaces: the whole cluster", nil},
	} {
		t.Run(mode.name, func(t *testing.T) {
			t.Log(mode.why)
			i := w.subscribe(t, "catalog", "olm-"+mode.name, now, mode.targets...)
			installed(t, i, mode.targets)
			i.uninstall(t)
		})
	}
	t.Run("newer Kubernetes wanted", func(t *testing.T) { newerKubernetesWanted(t, w) })
	t.Run("upgraded", func(t *testing.T) { upgraded(t, w, now) })
}

// installed: OLM reports success, and the operator does its main job in each
// target with the rights that it has, asking for nothing that it may not do.
func installed(t *testing.T, i *installation, targets []string) {
	i.phase(t, i.namespace, i.bundle.name, "Succeeded")
	samplesAreValid(t, i)
	audit := i.Audit(t)
	operator := i.run(t)
	teams := targets
	if len(teams) == 0 {
		i.makeNamespace(t, "olm-any-team")
		teams = []string{"olm-any-team"}
	}
	for _, team := range teams {
		r := mainJob(t, i, team)
		require.NoError(t, i.Client.Delete(t.Context(), r))
	}
	operator.Kill()
	refused(t, audit, i)
	require.Equal(t, len(targets) == 0, mayDo(t, i, "default"), "in a namespace that is no target")
	for _, team := range teams {
		require.True(t, mayDo(t, i, team))
	}
}

// mainJob makes a registry and waits until its data is stored and its workload
// made; then it edits both the data and the workload. Making and changing need
// different rights.
func mainJob(t *testing.T, i *installation, team string) *v1alpha1.MCPRegistry {
	t.Helper()
	r := fixture.FromConfigMap(team, "team")
	source := fixture.Source(team, "team", fixture.ToolHive("one", "two"))
	i.Create(t, source, r)
	took := i.Ready(t, r)
	t.Logf("a registry in %s is Ready after %s", team, took)
	require.EqualValues(t, 2, r.Status.SyncStatus.ServerCount)
	var d appsv1.Deployment
	key := client.ObjectKey{Namespace: team, Name: v1alpha1.APIName(r.Name)}
	require.NoError(t, i.Client.Get(t.Context(), key, &d))
	require.Equal(t, i.bundle.image, d.Spec.Template.Spec.Containers[0].Image, "the API services run the operator's image")
	require.NoError(t, i.Client.Get(t.Context(), key, &corev1.Service{}))

	cluster.Edit(t, i.Cluster, source, func(c *corev1.ConfigMap) { c.Data["registry.json"] = fixture.ToolHive("one", "two", "three") })
	cluster.Edit(t, i.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.API = &v1alpha1.API{Replicas: new(int32(2))} })
	cluster.Eventually(t, "the edits", func(ctx context.Context) error {
		if err := errors.Join(i.Client.Get(ctx, client.ObjectKeyFromObject(r), r), i.Client.Get(ctx, key, &d)); err != nil {
			return err
		}
		if servers := r.Status.SyncStatus.ServerCount; servers != 3 || *d.Spec.Replicas != 2 {
			return fmt.Errorf("%d servers, %d replicas: %s", servers, *d.Spec.Replicas, r.Status.Message)
		}
		return nil
	})
	i.Ready(t, r)
	return r
}

// samplesAreValid: the cluster would take every example of the bundle.
func samplesAreValid(t *testing.T, i *installation) {
	t.Helper()
	var samples []map[string]any
	require.NoError(t, json.Unmarshal([]byte(i.bundle.examples), &samples))
	require.NotEmpty(t, samples)
	for _, sample := range samples {
		o := &unstructured.Unstructured{Object: sample}
		o.SetNamespace(i.namespace)
		strict := client.FieldValidation(metav1.FieldValidationStrict)
		require.NoError(t, i.Client.Create(t.Context(), o, client.DryRunAll, strict), o.GetName())
	}
}

// refused looks for requests of the operator that it had no right to make.
func refused(t *testing.T, audit *cluster.AuditLog, i *installation) {
	t.Helper()
	require.NotNil(t, audit)
	requests := audit.By(t, "system:serviceaccount:"+i.namespace+":"+account)
	require.NotEmpty(t, requests, "the operator did not use its service account")
	for _, r := range requests {
		require.NotEqual(t, http.StatusForbidden, r.Code, "%s", r)
	}
	t.Logf("%d requests of the operator, none refused", len(requests))
}

// mayDo tells whether the operator may write Deployments in a namespace.
func mayDo(t *testing.T, i *installation, namespace string) bool {
	t.Helper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User:   "system:serviceaccount:" + i.namespace + ":" + account,
		Groups: []string{"system:serviceaccounts", "system:authenticated"},
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Group: "apps", Resource: "deployments", Verb: "create",
		},
	}}
	require.NoError(t, i.Client.Create(t.Context(), review))
	return review.Status.Allowed
}
