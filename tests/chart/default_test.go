package chart

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v3/pkg/action"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the golden files again")

const golden = "testdata/default.yaml"

// TestDefaultMatchesGolden makes a change of what is installed by default
// visible in review. The CRD has its own generated file and is left out.
func TestDefaultMatchesGolden(t *testing.T) {
	var text []byte
	for _, object := range render(t, defaults()) {
		if object.GetKind() == "CustomResourceDefinition" {
			continue
		}
		document, err := yaml.Marshal(object.Object)
		require.NoError(t, err)
		text = append(append(text, "---\n"...), document...)
	}
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
		require.NoError(t, os.WriteFile(golden, text, 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(text), "if this is what you want: make generate")
}

func TestLintIsStrictlyClean(t *testing.T) {
	lint := action.NewLint()
	lint.Strict = true
	result := lint.Run([]string{chartPath}, nil)
	for _, message := range result.Messages {
		t.Log(message)
	}
	require.Empty(t, result.Errors)
}

// TestCRDIsUpgradedAndKept is pitfall 33: what lies in crds/ is never upgraded.
func TestCRDIsUpgradedAndKept(t *testing.T) {
	require.NoDirExists(t, filepath.Join(chartPath, "crds"))
	crd := only(t, render(t, defaults()), "CustomResourceDefinition")
	require.Equal(t, "mcpregistries.toolhive.stacklok.dev", crd.GetName())
	require.Equal(t, "keep", crd.GetAnnotations()["helm.sh/resource-policy"])

	// Through the template, the definition must still be the generated one.
	files, err := filepath.Glob(filepath.Join(chartPath, "files/crds/*.yaml"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	var generated map[string]any
	require.NoError(t, yaml.Unmarshal(text, &generated))
	require.Equal(t, toJSON(t, generated["spec"]), toJSON(t, crd.Object["spec"]))
}

func toJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := yaml.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// TestOperatorHoldsWhatItGrants is pitfall 26: the operator gives every API
// service get and watch on ConfigMaps, which Kubernetes allows only to who has both.
func TestOperatorHoldsWhatItGrants(t *testing.T) {
	verbs := map[string]bool{}
	for _, role := range ofKind(render(t, defaults()), "ClusterRole") {
		rules, _, err := unstructured.NestedSlice(role.Object, "rules")
		require.NoError(t, err)
		for _, item := range rules {
			collectVerbs(item.(map[string]any), "configmaps", verbs)
		}
	}
	require.Contains(t, verbs, "get")
	require.Contains(t, verbs, "watch")
}

func collectVerbs(rule map[string]any, resource string, verbs map[string]bool) {
	resources, _ := rule["resources"].([]any)
	for _, name := range resources {
		if name != resource {
			continue
		}
		for _, verb := range rule["verbs"].([]any) {
			verbs[verb.(string)] = true
		}
	}
}

// TestPodIsRestricted is pitfall 29: namespaces that enforce the restricted Pod
// Security Standard accept the operator.
func TestPodIsRestricted(t *testing.T) {
	objects := render(t, defaults())
	require.Equal(t, map[string]any{
		"allowPrivilegeEscalation": false,
		"readOnlyRootFilesystem":   true,
		"capabilities":             map[string]any{"drop": []any{"ALL"}},
	}, container(t, objects)["securityContext"])

	deployment := only(t, objects, "Deployment")
	pod, _, err := unstructured.NestedMap(deployment.Object, "spec", "template", "spec", "securityContext")
	require.NoError(t, err)
	require.Equal(t, true, pod["runAsNonRoot"])
	require.Equal(t, map[string]any{"type": "RuntimeDefault"}, pod["seccompProfile"])
}

// TestRollOutGivesWay guards against a deadlock: a leader for life keeps its
// lock until its Pod is gone, so a roll-out must not wait for the new Pod first.
func TestRollOutGivesWay(t *testing.T) {
	deployment := only(t, render(t, defaults()), "Deployment")
	unavailable, _, err := unstructured.NestedFieldNoCopy(deployment.Object,
		"spec", "strategy", "rollingUpdate", "maxUnavailable")
	require.NoError(t, err)
	require.EqualValues(t, 1, unavailable)
}
