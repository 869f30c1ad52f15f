package chart

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"sigs.k8s.io/yaml"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

func loaded(t *testing.T) *chart.Chart {
	t.Helper()
	c, err := loader.Load(chartPath)
	require.NoError(t, err)
	return c
}

// TestArtifactHub: what Artifact Hub shows of the chart exists. It does not find a
// definition among the templates by itself.
func TestArtifactHub(t *testing.T) {
	metadata := loaded(t).Metadata
	var crds []struct{ Kind, Version, Name, DisplayName, Description string }
	require.NoError(t, yaml.UnmarshalStrict([]byte(metadata.Annotations["artifacthub.io/crds"]), &crds))
	require.Len(t, crds, 1)
	crd := only(t, render(t, defaults()), "CustomResourceDefinition")
	require.Equal(t, crd.GetName(), crds[0].Name)
	require.Equal(t, v1alpha1.GroupVersion.Version, crds[0].Version)

	var examples []json.RawMessage
	require.NoError(t, yaml.Unmarshal([]byte(metadata.Annotations["artifacthub.io/crdsExamples"]), &examples))
	require.Len(t, examples, 1)
	var registry v1alpha1.MCPRegistry
	require.NoError(t, yaml.UnmarshalStrict(examples[0], &registry), "a field that does not exist")
	require.Equal(t, crds[0].Kind, registry.Kind)

	var links []struct{ Name, URL string }
	require.NoError(t, yaml.UnmarshalStrict([]byte(metadata.Annotations["artifacthub.io/links"]), &links))
	for _, link := range links {
		require.DirExists(t, inRepository(t, link.URL, "tree"))
	}
	bundle, err := os.ReadFile("../../hack/bundle/manifests/bases/mcp-registry-operator.clusterserviceversion.yaml")
	require.NoError(t, err)
	require.Contains(t, string(bundle), "\n    capabilities: "+metadata.Annotations["artifacthub.io/operatorCapabilities"]+"\n", "the bundle says something else")
	icon := strings.Replace(metadata.Icon, "raw.githubusercontent.com", "github.com", 1)
	require.FileExists(t, inRepository(t, icon, ""))
}

// inRepository is the path of what a URL shows of the project's main branch.
func inRepository(t *testing.T, url, view string) string {
	t.Helper()
	path, ours := strings.CutPrefix(url, loaded(t).Metadata.Home+filepath.Join("/", view, "main")+"/")
	require.True(t, ours, url)
	return filepath.Join("../..", path)
}

// TestOldKubernetesIsRefused: an older API server would take the definition and
// not understand its rules.
func TestOldKubernetesIsRefused(t *testing.T) {
	for version, refused := range map[string]bool{"v1.28.15": true, "v1.29.0": false, "v1.29.1-gke.100": false, testKubeVersion: false} {
		kube, err := chartutil.ParseKubeVersion(version)
		require.NoError(t, err)
		client := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
		client.DryRun, client.ClientOnly, client.KubeVersion = true, true, kube
		client.ReleaseName, client.Namespace = "old", "old"
		_, err = client.Run(loaded(t), nil)
		if refused {
			require.ErrorContains(t, err, "kubeVersion")
			continue
		}
		require.NoError(t, err, version)
	}
}

// TestAsDependency: another chart brings this one and switches it on with a
// condition, which is a value that this chart has to let through.
func TestAsDependency(t *testing.T) {
	for _, enabled := range []bool{true, false} {
		parent := &chart.Chart{Metadata: &chart.Metadata{
			APIVersion: "v2", Name: "platform", Version: "1.0.0",
			Dependencies: []*chart.Dependency{{Name: "mcp-registry-operator", Version: "*", Condition: "mcp-registry-operator.enabled"}},
		}}
		parent.AddDependency(loaded(t))
		client := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
		client.DryRun, client.ClientOnly = true, true
		client.ReleaseName, client.Namespace = "platform", "platform"
		client.KubeVersion = &chartutil.KubeVersion{Version: testKubeVersion, Major: "1", Minor: "37"}
		release, err := client.Run(parent, map[string]any{"mcp-registry-operator": map[string]any{"enabled": enabled}})
		require.NoError(t, err)
		require.Equal(t, enabled, strings.Contains(release.Manifest, "name: \"platform-mcp-registry-operator\""))
	}
}
