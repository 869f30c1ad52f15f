package chart

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/release"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

const (
	chartPath = "../../charts/mcp-registry-operator"
	// testKubeVersion is the version that templates are rendered for.
	testKubeVersion = "v1.37.2"
)

// instance is one installation of the chart.
type instance struct {
	release, namespace string
	values             map[string]any
}

func defaults() instance {
	return instance{release: "mcp-registry-operator", namespace: "mcp-registry-system"}
}

func with(values map[string]any) instance {
	in := defaults()
	in.values = values
	return in
}

// install renders in the way helm install does, without a cluster.
func install(in instance) (*release.Release, error) {
	version, err := chartutil.ParseKubeVersion(testKubeVersion)
	if err != nil {
		return nil, err
	}
	loaded, err := loader.Load(chartPath)
	if err != nil {
		return nil, err
	}
	client := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	client.DryRun, client.ClientOnly = true, true
	client.ReleaseName, client.Namespace = in.release, in.namespace
	client.KubeVersion = version
	for _, kind := range []string{"ServiceMonitor", "PodMonitor", "PrometheusRule"} {
		client.APIVersions = append(client.APIVersions, "monitoring.coreos.com/v1/"+kind)
	}
	return client.Run(loaded, in.values)
}

func render(t *testing.T, in instance) []unstructured.Unstructured {
	t.Helper()
	rendered, err := install(in)
	require.NoError(t, err)
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(rendered.Manifest), 4096)
	var objects []unstructured.Unstructured
	for {
		var object unstructured.Unstructured
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		require.NoError(t, err)
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

func ofKind(objects []unstructured.Unstructured, kind string) []unstructured.Unstructured {
	var found []unstructured.Unstructured
	for _, object := range objects {
		if object.GetKind() == kind {
			found = append(found, object)
		}
	}
	return found
}

// only returns the single object of a kind.
func only(t *testing.T, objects []unstructured.Unstructured, kind string) unstructured.Unstructured {
	t.Helper()
	found := ofKind(objects, kind)
	require.Len(t, found, 1, "number of objects of kind %s", kind)
	return found[0]
}

// container returns the operator's container.
func container(t *testing.T, objects []unstructured.Unstructured) map[string]any {
	t.Helper()
	deployment := only(t, objects, "Deployment")
	containers, found, err := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	require.NoError(t, err)
	require.True(t, found)
	require.Len(t, containers, 1)
	return containers[0].(map[string]any)
}

// environment returns the plain variables of the operator's container.
func environment(t *testing.T, objects []unstructured.Unstructured) map[string]string {
	t.Helper()
	variables := map[string]string{}
	for _, item := range container(t, objects)["env"].([]any) {
		variable := item.(map[string]any)
		value, _ := variable["value"].(string)
		variables[variable["name"].(string)] = value
	}
	return variables
}
