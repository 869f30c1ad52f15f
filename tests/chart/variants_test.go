package chart

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestVariants(t *testing.T) {
	digest := "sha256:0000000000000000000000000000000000000000000000000000000000000001"
	for name, test := range map[string]struct {
		why    string
		values map[string]any
		check  func(t *testing.T, objects []unstructured.Unstructured)
	}{
		"watch all": {
			why: "pitfall 35: an empty list means all namespaces, and the rights say the same",
			check: func(t *testing.T, objects []unstructured.Unstructured) {
				require.Len(t, ofKind(objects, "ClusterRole"), 2)
				require.Len(t, ofKind(objects, "Role"), 1, "leader election only")
				require.Empty(t, environment(t, objects)["MCP_REGISTRY_WATCH_NAMESPACES"])
			},
		},
		"watch some": {
			why:    "an operator for two namespaces has rights in these two and may look at Nodes, no more",
			values: map[string]any{"watchNamespaces": []any{"team-a", "team-b", "team-a"}},
			check: func(t *testing.T, objects []unstructured.Unstructured) {
				cluster := only(t, objects, "ClusterRole")
				require.Equal(t, []any{map[string]any{
					"apiGroups": []any{""}, "resources": []any{"nodes"}, "verbs": []any{"get"},
				}}, cluster.Object["rules"])
				require.ElementsMatch(t, []string{"team-a", "team-b", defaults().namespace}, namespaces(ofKind(objects, "Role")))
				require.ElementsMatch(t, []string{"team-a", "team-b", defaults().namespace}, namespaces(ofKind(objects, "RoleBinding")))
				require.Equal(t, "team-a,team-b", environment(t, objects)["MCP_REGISTRY_WATCH_NAMESPACES"])
			},
		},
		"lease": {
			why:    "a Lease needs no look at Pods and Nodes",
			values: map[string]any{"leaderElection": map[string]any{"mode": "lease"}, "watchNamespaces": []any{"team-a"}},
			check: func(t *testing.T, objects []unstructured.Unstructured) {
				require.Empty(t, ofKind(objects, "ClusterRole"))
				require.Equal(t, "lease", environment(t, objects)["MCP_REGISTRY_LEADER_ELECTION"])
			},
		},
		"no election": {
			why:    "without an election there are no rights for one",
			values: map[string]any{"leaderElection": map[string]any{"mode": "off"}},
			check: func(t *testing.T, objects []unstructured.Unstructured) {
				require.Len(t, ofKind(objects, "ClusterRole"), 1)
				require.Empty(t, ofKind(objects, "Role"))
				require.Equal(t, "off", environment(t, objects)["MCP_REGISTRY_LEADER_ELECTION"])
			},
		},
		"token review": {
			why:    "API services get one right, and the operator may give this one role in this one binding",
			values: map[string]any{"tokenReview": map[string]any{"enabled": true}, "watchNamespaces": []any{"team-a"}, "leaderElection": map[string]any{"mode": "lease"}},
			check:  tokenReview,
		},
		"token review, own roles": {
			why:    "the operator's own rights are somebody else's matter, those of the API services are not",
			values: map[string]any{"tokenReview": map[string]any{"enabled": true}, "rbac": map[string]any{"create": false}},
			check: func(t *testing.T, objects []unstructured.Unstructured) {
				binding := only(t, objects, "ClusterRoleBinding")
				require.Equal(t, environment(t, objects)["MCP_REGISTRY_TOKEN_REVIEW_BINDING"], binding.GetName())
			},
		},
		"digest": {
			why:    "pitfall 34: the API services run exactly the operator's image",
			values: map[string]any{"image": map[string]any{"registry": "example.org:5000", "repository": "op", "digest": digest}},
			check: func(t *testing.T, objects []unstructured.Unstructured) {
				require.Equal(t, "example.org:5000/op@"+digest, container(t, objects)["image"])
				require.Equal(t, "example.org:5000/op@"+digest, environment(t, objects)["MCP_REGISTRY_API_IMAGE"])
			},
		},
		"two replicas": {
			why:    "a budget for one Pod would block the draining of its Node for ever",
			values: map[string]any{"replicas": 2},
			check: func(t *testing.T, objects []unstructured.Unstructured) {
				only(t, objects, "PodDisruptionBudget")
			},
		},
		"no CRD": {
			why:    "a second release leaves the definition to the first",
			values: map[string]any{"crds": map[string]any{"install": false}},
			check: func(t *testing.T, objects []unstructured.Unstructured) {
				require.Empty(t, ofKind(objects, "CustomResourceDefinition"))
			},
		},
		"CRD not kept": {
			why:    "who wants all gone on uninstall can have it",
			values: map[string]any{"crds": map[string]any{"keep": false}},
			check: func(t *testing.T, objects []unstructured.Unstructured) {
				crd := only(t, objects, "CustomResourceDefinition")
				require.NotContains(t, crd.GetAnnotations(), "helm.sh/resource-policy")
			},
		},
		"extras": {
			why: "a private CA is mounted without a change of the chart",
			values: map[string]any{
				"extraArgs":         []any{"--log-level=debug"},
				"extraEnv":          []any{map[string]any{"name": "SSL_CERT_FILE", "value": "/ca/ca.crt"}},
				"extraVolumes":      []any{map[string]any{"name": "ca", "secret": map[string]any{"secretName": "ca"}}},
				"extraVolumeMounts": []any{map[string]any{"name": "ca", "mountPath": "/ca"}},
				"extraObjects": []any{map[string]any{
					"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "{{ .Release.Name }}-ca"},
				}},
				"commonLabels": map[string]any{"team": "platform"},
			},
			check: func(t *testing.T, objects []unstructured.Unstructured) {
				require.Equal(t, []any{"manager", "--log-level=debug"}, container(t, objects)["args"])
				require.Equal(t, "/ca/ca.crt", environment(t, objects)["SSL_CERT_FILE"])
				require.Len(t, container(t, objects)["volumeMounts"], 2)
				secret := only(t, objects, "Secret")
				require.Equal(t, "mcp-registry-operator-ca", secret.GetName())
				deployment := only(t, objects, "Deployment")
				require.Equal(t, "platform", deployment.GetLabels()["team"])
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(test.why)
			test.check(t, render(t, with(test.values)))
		})
	}
}

func namespaces(objects []unstructured.Unstructured) []string {
	var names []string
	for _, object := range objects {
		names = append(names, object.GetNamespace())
	}
	return names
}

func tokenReview(t *testing.T, objects []unstructured.Unstructured) {
	const name = "mcp-registry-system:mcp-registry-operator:token-review"
	require.Equal(t, name, environment(t, objects)["MCP_REGISTRY_TOKEN_REVIEW_BINDING"])
	rules := map[string]any{}
	for _, role := range ofKind(objects, "ClusterRole") {
		rules[role.GetName()] = role.Object["rules"]
	}
	rule := func(group, resource string, names []any, verbs ...any) map[string]any {
		r := map[string]any{"apiGroups": []any{group}, "resources": []any{resource}, "verbs": verbs}
		if names != nil {
			r["resourceNames"] = names
		}
		return r
	}
	require.Equal(t, map[string]any{
		name: []any{rule("authentication.k8s.io", "tokenreviews", nil, "create")},
		name + "-grant": []any{
			rule("rbac.authorization.k8s.io", "clusterrolebindings", []any{name}, "get", "list", "watch", "patch"),
			rule("rbac.authorization.k8s.io", "clusterroles", []any{name}, "bind"),
		},
	}, rules)
	for _, binding := range ofKind(objects, "ClusterRoleBinding") {
		role, _, err := unstructured.NestedString(binding.Object, "roleRef", "name")
		require.NoError(t, err)
		require.Equal(t, binding.GetName(), role)
		require.Equal(t, binding.GetName() == name, binding.Object["subjects"] == nil, "the subjects are the operator's to write")
	}
}
