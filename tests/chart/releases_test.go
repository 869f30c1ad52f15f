package chart

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// everything are values with which the chart makes every object that it can make.
func everything() map[string]any {
	on := map[string]any{"enabled": true}
	return map[string]any{
		"replicas": 2, "tokenReview": on, "networkPolicy": on, "rbac": map[string]any{"aggregate": true},
		"metrics": map[string]any{"serviceMonitor": on, "podMonitor": on, "prometheusRule": on, "dashboard": on},
	}
}

func everythingIn(namespaces ...any) map[string]any {
	values := everything()
	values["watchNamespaces"] = namespaces
	return values
}

// TestReleasesDoNotCollide is pitfall 35: but for the CRD, two releases share no
// object, also if only their namespaces differ, and neither selects the other's Pods.
func TestReleasesDoNotCollide(t *testing.T) {
	long := "a-release-whose-name-is-as-long-as-helm-will-let-it-b"
	require.Len(t, long, 53)
	for name, test := range map[string]struct {
		why  string
		pair [2]instance
	}{
		"other name": {"two teams share a namespace for tools", [2]instance{
			{release: "one", namespace: "ns", values: everything()}, {release: "two", namespace: "ns", values: everything()},
		}},
		"long names": {"names are cut where Kubernetes wants it, and still differ", [2]instance{
			{release: long, namespace: "ns", values: everything()}, {release: long[:52] + "c", namespace: "ns", values: everything()},
		}},
		"other namespace": {"objects without a namespace need names with one", [2]instance{
			{release: "one", namespace: "ns-a", values: everything()}, {release: "one", namespace: "ns-b", values: everything()},
		}},
		"same parts": {"a name that is put together of others is not another's", [2]instance{
			{release: "b-c", namespace: "a", values: everything()}, {release: "c", namespace: "a-b", values: everything()},
		}},
		"one watched namespace": {"both have a Role there", [2]instance{
			{release: "one", namespace: "ns-a", values: everythingIn("shared")}, {release: "one", namespace: "ns-b", values: everythingIn("shared")},
		}},
		"one watches where the other is": {"the Roles of both lie in one namespace", [2]instance{
			{release: "one", namespace: "ns-a", values: everythingIn("ns-b")}, {release: "one", namespace: "ns-b", values: everythingIn("ns-b")},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := render(t, test.pair[0]), render(t, test.pair[1])
			others := identities(second)
			for identity := range identities(first) {
				require.NotContains(t, others, identity, test.why)
			}
			if test.pair[0].namespace == test.pair[1].namespace {
				requireApart(t, first, second)
			}
		})
	}
}

func identities(objects []unstructured.Unstructured) map[string]bool {
	found := map[string]bool{}
	for _, object := range objects {
		if object.GetKind() != "CustomResourceDefinition" {
			found[object.GetKind()+" "+object.GetNamespace()+"/"+object.GetName()] = true
		}
	}
	return found
}

// requireApart fails if a selector of the first release is for Pods of the second.
func requireApart(t *testing.T, first, second []unstructured.Unstructured) {
	t.Helper()
	pod := only(t, second, "Deployment")
	theirs, _, err := unstructured.NestedStringMap(pod.Object, "spec", "template", "metadata", "labels")
	require.NoError(t, err)
	checked := map[string]bool{}
	for _, object := range first {
		for _, path := range [][]string{
			{"spec", "selector", "matchLabels"}, {"spec", "podSelector", "matchLabels"}, {"spec", "selector"},
		} {
			selector, found, err := unstructured.NestedStringMap(object.Object, path...)
			if !found || err != nil || object.GetKind() == "PodMonitor" {
				continue
			}
			checked[object.GetKind()] = true
			require.False(t, labels.SelectorFromSet(selector).Matches(labels.Set(theirs)), "%s selects the other's Pods", object.GetKind())
		}
	}
	require.ElementsMatch(t, []string{"Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceMonitor"}, slices.Collect(maps.Keys(checked)))
}

// TestNamespacedNeedsNothingOfTheCluster: who may only write to namespaces can
// install the chart there.
func TestNamespacedNeedsNothingOfTheCluster(t *testing.T) {
	values := everythingIn("team-a", "team-b")
	values["tokenReview"] = map[string]any{"enabled": false}
	values["leaderElection"] = map[string]any{"nodeLookup": false}
	values["crds"] = map[string]any{"install": false}
	delete(values, "rbac")
	objects := render(t, with(values))
	for _, object := range objects {
		require.NotEmpty(t, object.GetNamespace(), "%s %s", object.GetKind(), object.GetName())
	}
	require.ElementsMatch(t, []string{"team-a", "team-b", defaults().namespace}, namespaces(ofKind(objects, "Role")))
}

// TestLockIsTheOnlyOne: the rights for the election are for the lock that the
// operator is told to use.
func TestLockIsTheOnlyOne(t *testing.T) {
	for _, mode := range []string{"leader-for-life", "lease"} {
		objects := render(t, with(map[string]any{"leaderElection": map[string]any{"mode": mode, "id": "our-lock"}}))
		require.Equal(t, "our-lock", environment(t, objects)["MCP_REGISTRY_LEADER_ELECTION_ID"])
		rules, _, err := unstructured.NestedSlice(only(t, objects, "Role").Object, "rules")
		require.NoError(t, err)
		named := 0
		for _, rule := range rules {
			if names, ok := rule.(map[string]any)["resourceNames"]; ok {
				require.Equal(t, []any{"our-lock"}, names)
				named++
			}
		}
		require.Equal(t, 1, named, mode)
	}
}
