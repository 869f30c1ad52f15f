package bundle

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// TestDefinitionIsTheCharts: Helm and OLM install the same definition.
func TestDefinitionIsTheCharts(t *testing.T) {
	const name = "toolhive.stacklok.dev_mcpregistries.yaml"
	bundled := definition(t, filepath.Join(folder, "manifests", name))
	charts := definition(t, filepath.Join(root, "charts/mcp-registry-operator/files/crds", name))
	require.Equal(t, charts.Name, bundled.Name)
	require.Equal(t, toYAML(t, charts.Spec), toYAML(t, bundled.Spec))
	require.NotContains(t, bundled.Annotations, "helm.sh/resource-policy")
	require.Equal(t, charts.Labels["app.kubernetes.io/part-of"], bundled.Labels["app.kubernetes.io/part-of"],
		"by this label the chart knows a definition of ours")
}

func toYAML(t *testing.T, value any) string {
	t.Helper()
	text, err := yaml.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// TestEveryFieldHasADescriptor: a console that makes forms of descriptors shows all
// that can be set and seen, with the words of the definition.
func TestEveryFieldHasADescriptor(t *testing.T) {
	crd := definition(t, filepath.Join(folder, "manifests", "toolhive.stacklok.dev_mcpregistries.yaml"))
	c := readCSV(t)
	require.Len(t, c.Spec.Definitions.Owned, 1)
	owned := c.Spec.Definitions.Owned[0]
	schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	for part, descriptors := range map[string][]descriptor{"spec": owned.SpecDescriptors, "status": owned.StatusDescriptors} {
		t.Run(part, func(t *testing.T) {
			var have []string
			for _, d := range descriptors {
				require.NotEmpty(t, d.DisplayName, d.Path)
				have = append(have, d.Path)
			}
			part := schema.Properties[part]
			want := paths("", &part)
			slices.Sort(have)
			slices.Sort(want)
			require.Equal(t, want, have, "each field needs a +operator-sdk:csv marker")
		})
	}
}

// foreign are fields whose inner fields are Kubernetes' own.
var foreign = []string{"conditions", "selector", "podTemplateSpec"}

// paths are those of all fields below a schema, as descriptors write them.
func paths(above string, schema *apiextensionsv1.JSONSchemaProps) []string {
	var found []string
	for name, property := range schema.Properties {
		path := strings.TrimPrefix(above+"."+name, ".")
		found = append(found, path)
		if slices.Contains(foreign, name) {
			continue
		}
		if property.Items != nil {
			found = append(found, paths(path+"[0]", property.Items.Schema)...)
		}
		found = append(found, paths(path, &property)...)
	}
	return found
}

// TestASampleForEachSource: people start from the samples.
func TestASampleForEachSource(t *testing.T) {
	var types []string
	for _, sample := range readCSV(t).samples(t) {
		spec := sample["spec"].(map[string]any)
		types = append(types, spec["source"].(map[string]any)["type"].(string))
		require.NotContains(t, toYAML(t, sample), "${", "a placeholder of the tests")
	}
	require.ElementsMatch(t, []string{"configmap", "git", "http", "api", "oci"}, types)
}

// TestOLMSaysWhereToWork: all other settings are plain variables, which a
// Subscription may set.
func TestOLMSaysWhereToWork(t *testing.T) {
	for _, variable := range readCSV(t).container(t).Env {
		switch variable.Name {
		case "MCP_REGISTRY_WATCH_NAMESPACES":
			require.NotNil(t, variable.ValueFrom)
			require.Equal(t, "metadata.annotations['olm.targetNamespaces']", variable.ValueFrom.FieldRef.FieldPath)
		case "POD_NAME", "POD_NAMESPACE", "MCP_REGISTRY_MEMORY_LIMIT":
			require.NotNil(t, variable.ValueFrom)
		default:
			require.Nil(t, variable.ValueFrom, variable.Name)
		}
	}
}

// TestMinKubeVersionIsTheCharts holds the two package formats together.
func TestMinKubeVersionIsTheCharts(t *testing.T) {
	var chart struct {
		KubeVersion string `json:"kubeVersion"`
	}
	readYAML(t, filepath.Join(root, "charts/mcp-registry-operator/Chart.yaml"), &chart)
	require.Equal(t, chart.KubeVersion, ">="+readCSV(t).Spec.MinKubeVersion+"-0")
}

// TestNothingOfHelmIsLeft: hooks, releases and charts mean nothing to OLM.
func TestNothingOfHelmIsLeft(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(folder, "manifests", "*"))
	require.NoError(t, err)
	require.Len(t, files, 2, "a ClusterServiceVersion and a definition; all other objects are in it")
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotContains(t, strings.ToLower(string(text)), "helm.sh", file)
		require.NotContains(t, string(text), "managed-by: Helm", file)
	}
}
