package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// bundle is what the tests read of a ClusterServiceVersion.
type bundle struct {
	Metadata struct {
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec struct {
		Version string `json:"version"`
		Install struct {
			Spec struct {
				Permissions        []permission `json:"permissions"`
				ClusterPermissions []permission `json:"clusterPermissions"`
				Deployments        []deployment `json:"deployments"`
			} `json:"spec"`
		} `json:"install"`
		RelatedImages []struct {
			Image string `json:"image"`
		} `json:"relatedImages"`
	} `json:"spec"`
}

type permission struct {
	Account string              `json:"serviceAccountName"`
	Rules   []rbacv1.PolicyRule `json:"rules"`
}

type deployment struct {
	Spec struct {
		Template corev1.PodTemplateSpec `json:"template"`
	} `json:"spec"`
}

func readBundle(folder string) (bundle, error) {
	var b bundle
	files, err := filepath.Glob(filepath.Join(folder, "manifests", "*.clusterserviceversion.yaml"))
	if err != nil || len(files) != 1 {
		return b, fmt.Errorf("folder %q has %d ClusterServiceVersions, not one", folder, len(files))
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		return b, err
	}
	if err := yaml.Unmarshal(data, &b); err != nil {
		return b, fmt.Errorf("reading %q: %w", files[0], err)
	}
	return b, nil
}

// sample is the example that reads a ConfigMap: all that it needs can be made here.
func (b bundle) sample() (*v1alpha1.MCPRegistry, error) {
	var examples []v1alpha1.MCPRegistry
	if err := json.Unmarshal([]byte(b.Metadata.Annotations["alm-examples"]), &examples); err != nil {
		return nil, fmt.Errorf("reading alm-examples: %w", err)
	}
	for i := range examples {
		if from := examples[i].Spec.Source.ConfigMap; from != nil && from.Name != "" {
			return &examples[i], nil
		}
	}
	return nil, errors.New("no example in alm-examples reads a ConfigMap")
}
