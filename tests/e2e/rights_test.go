package e2e

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// leastPrivilege asks Kubernetes itself what the operator and an API service
// may do (pitfall 27).
func leastPrivilege(t *testing.T, w *world) {
	ns := w.namespace(t, "rights")
	r, other := fixture.FromConfigMap(ns, "team"), fixture.FromConfigMap(ns, "other")
	audit := w.Audit(t)
	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one")), fixture.Source(ns, "other", fixture.ToolHive("two")), r, other)
	w.Ready(t, r)
	w.Ready(t, other)

	operator := serviceAccount(operatorNamespace, w.operatorDeployment(t).Spec.Template.Spec.ServiceAccountName)
	api := serviceAccount(ns, v1alpha1.APIName("team"))
	pointer, chunk := v1alpha1.StorageName("team"), w.chunks(t, r)[0]
	tests := []struct {
		why                          string
		user, verb, resource, object string
		allowed                      bool
	}{
		{"it reads its pointer", api, "get", "configmaps", pointer, true},
		{"it watches its pointer", api, "watch", "configmaps", pointer, true},
		{"it reads its chunks", api, "get", "configmaps", chunk, true},
		{"it must not see what else there is", api, "list", "configmaps", "", false},
		{"nor watch it", api, "watch", "configmaps", "", false},
		{"the data of another registry is not its business", api, "get", "configmaps", v1alpha1.StorageName("other"), false},
		{"nor is a user's ConfigMap, not even its own source", api, "get", "configmaps", "team", false},
		{"it serves and never writes", api, "update", "configmaps", pointer, false},
		{"it serves and never writes", api, "patch", "configmaps", pointer, false},
		{"it serves and never deletes", api, "delete", "configmaps", chunk, false},
		{"it reads no secrets", api, "get", "secrets", "any", false},
		{"the operator reads sources", operator, "get", "configmaps", "team", true},
		{"the operator must not collect secrets", operator, "list", "secrets", "", false},
		{"the operator must not collect secrets", operator, "watch", "secrets", "", false},
		{"the operator has no right on everything", operator, "*", "*", "", false},
		{"the operator makes no Pods itself", operator, "create", "pods", "", false},
		{"the operator gives no right that it does not hold", operator, "escalate", "roles", "", false},
		{"the operator never deletes workloads", operator, "delete", "deployments", "", false},
	}
	for _, tc := range tests {
		require.Equal(t, tc.allowed, w.may(t, ns, tc.user, tc.verb, tc.resource, tc.object),
			"%s %s %s %q: %s", tc.user, tc.verb, tc.resource, tc.object, tc.why)
	}
	if audit != nil {
		seeWhatIsUsed(t, audit, operator, api)
	}
}

// seeWhatIsUsed: the operator asks for nothing that it may not have, and an API
// service for nothing but its ConfigMaps.
func seeWhatIsUsed(t *testing.T, audit *cluster.AuditLog, operator, api string) {
	t.Helper()
	used := map[string]int{}
	for _, request := range audit.By(t, operator) {
		require.NotEqual(t, http.StatusForbidden, request.Code, "%s", request)
		used["operator: "+request.Verb+" "+request.Resource]++
	}
	for _, request := range audit.By(t, api) {
		require.Equal(t, "configmaps", request.Resource, "%s", request)
		require.Contains(t, []string{"get", "watch"}, request.Verb, "%s", request)
		used["API: "+request.Verb+" "+request.Resource]++
	}
	for _, key := range slices.Sorted(maps.Keys(used)) {
		t.Logf("  %-40s %d", key, used[key])
	}
}

func (w *world) may(t *testing.T, namespace, user, verb, resource, name string) bool {
	t.Helper()
	group := map[string]string{
		"deployments": "apps", "roles": "rbac.authorization.k8s.io", "clusterroles": "rbac.authorization.k8s.io",
		"clusterrolebindings": "rbac.authorization.k8s.io", "tokenreviews": "authentication.k8s.io", "*": "*",
	}[resource]
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user, Groups: []string{"system:serviceaccounts", "system:authenticated"},
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: verb, Group: group, Resource: resource, Name: name,
		},
	}}
	require.NoError(t, w.Client.Create(t.Context(), review))
	return review.Status.Allowed
}

// eachItem calls visit for every object of a list.
func eachItem(list client.ObjectList, visit func(client.Object)) error {
	return meta.EachListItem(list, func(o runtime.Object) error {
		visit(o.(client.Object))
		return nil
	})
}
