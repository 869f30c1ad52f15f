package bundle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

const (
	root   = "../.."
	folder = root + "/bundle"
)

type csv struct {
	Metadata struct {
		Name        string            `json:"name"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec struct {
		Version        string `json:"version"`
		MinKubeVersion string `json:"minKubeVersion"`
		Definitions    struct {
			Owned []struct {
				Name              string
				SpecDescriptors   []descriptor `json:"specDescriptors"`
				StatusDescriptors []descriptor `json:"statusDescriptors"`
			} `json:"owned"`
		} `json:"customresourcedefinitions"`
		Install struct {
			Spec struct {
				Permissions        []permission `json:"permissions"`
				ClusterPermissions []permission `json:"clusterPermissions"`
				Deployments        []struct {
					Spec struct {
						Template corev1.PodTemplateSpec `json:"template"`
					} `json:"spec"`
				} `json:"deployments"`
			} `json:"spec"`
		} `json:"install"`
	} `json:"spec"`
}

type descriptor struct {
	Path        string `json:"path"`
	DisplayName string `json:"displayName"`
	Description string `json:"description"`
}

type permission struct {
	Account string              `json:"serviceAccountName"`
	Rules   []rbacv1.PolicyRule `json:"rules"`
}

func readCSV(t *testing.T) csv {
	t.Helper()
	var c csv
	readYAML(t, filepath.Join(folder, "manifests", "mcp-registry-operator.clusterserviceversion.yaml"), &c)
	return c
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, into), file)
}

// container is the operator's.
func (c csv) container(t *testing.T) corev1.Container {
	t.Helper()
	require.Len(t, c.Spec.Install.Spec.Deployments, 1)
	containers := c.Spec.Install.Spec.Deployments[0].Spec.Template.Spec.Containers
	require.Len(t, containers, 1)
	return containers[0]
}

// samples are the examples of the bundle.
func (c csv) samples(t *testing.T) []map[string]any {
	t.Helper()
	var samples []map[string]any
	require.NoError(t, json.Unmarshal([]byte(c.Metadata.Annotations["alm-examples"]), &samples))
	return samples
}

func definition(t *testing.T, file string) *apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	crd := &apiextensionsv1.CustomResourceDefinition{}
	readYAML(t, file, crd)
	require.Len(t, crd.Spec.Versions, 1)
	return crd
}
