package apiservice

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func testRegistry() Registry {
	return Registry{
		Namespace:  "team-a",
		Name:       "tools",
		UID:        "uid-tools",
		Image:      "registry.example/operator:v1.2.3",
		ChunkNames: []string{"tools-registry-storage-bbbb-0", "tools-registry-storage-aaaa-0"},
	}
}

func withTemplate(template string) Registry {
	r := testRegistry()
	r.PodTemplate = &runtime.RawExtension{Raw: []byte(template)}
	return r
}

func mustRender(t *testing.T, r Registry) Objects {
	t.Helper()
	objects, err := Render(r)
	require.NoError(t, err)
	return objects
}

func TestGolden(t *testing.T) {
	full := withTemplate(`{
		"metadata": {"annotations": {"example.com/scrape": "true"}},
		"spec": {
			"nodeSelector": {"disk": "ssd"},
			"tolerations": [{"key": "tools", "operator": "Exists"}],
			"volumes": [{"name": "tmp", "emptyDir": {}}],
			"containers": [
				{"name": "registry-api", "resources": {"limits": {"memory": "1Gi"}},
				 "env": [{"name": "GODEBUG", "value": "madvdontneed=1"}],
				 "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]},
				{"name": "proxy", "image": "registry.example/proxy:v1"}
			]
		}
	}`)
	full.Replicas = new(int32(3))
	full.ImagePullPolicy = corev1.PullIfNotPresent
	full.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "pull"}}

	for name, r := range map[string]Registry{"minimal": testRegistry(), "full": full, "access": guarded()} {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join("testdata", name+".yaml")
			got := asYAML(t, mustRender(t, r))
			if *update {
				require.NoError(t, os.WriteFile(golden, got, 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "run the test with -update if the change is meant")
		})
	}
}

func asYAML(t *testing.T, objects Objects) []byte {
	t.Helper()
	var documents [][]byte
	for _, object := range objects.InOrder() {
		content, err := contentOf(object)
		require.NoError(t, err)
		document, err := yaml.Marshal(content)
		require.NoError(t, err)
		documents = append(documents, document)
	}
	return bytes.Join(documents, []byte("---\n"))
}

func TestPitfall19ChunksDoNotRestartPods(t *testing.T) {
	r := testRegistry()
	before := mustRender(t, r)
	r.ChunkNames = append(r.ChunkNames, "tools-registry-storage-cccc-0")
	after := mustRender(t, r)
	require.Equal(t, before.Deployment, after.Deployment, "not even the hash: a new snapshot is no reason to write the Deployment")
	require.NotEqual(t, before.Role, after.Role)
}

func TestPitfall23NoPullSecretsOnServiceAccount(t *testing.T) {
	r := testRegistry()
	r.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "pull"}}
	content, err := contentOf(mustRender(t, r).ServiceAccount)
	require.NoError(t, err)
	require.NotContains(t, content, "imagePullSecrets", "the platform's own entries must stay")
}

func TestPitfall27RoleReadsItsOwnStorageOnly(t *testing.T) {
	r := testRegistry()
	r.ChunkNames = append(r.ChunkNames, r.ChunkNames...)
	rules := mustRender(t, r).Role.Rules
	require.Len(t, rules, 2)
	require.Equal(t, rbacv1.PolicyRule{
		APIGroups: []string{"toolhive.stacklok.dev"}, Resources: []string{"mcpregistries/status"}, ResourceNames: []string{"tools"}, Verbs: []string{"get"},
	}, rules[1])
	require.Equal(t, []string{"get", "watch"}, rules[0].Verbs)
	require.Equal(t, []string{"configmaps"}, rules[0].Resources)
	require.Equal(t, []string{
		"tools-registry-storage", "tools-registry-storage-aaaa-0", "tools-registry-storage-bbbb-0",
	}, rules[0].ResourceNames, "sorted and once each, so that the same rights render the same")
}

func TestEndpoint(t *testing.T) {
	r := testRegistry()
	require.Equal(t, "http://tools-api.team-a.svc.cluster.local:8080", Endpoint(r))
	r.Access.TLSSecret = "tools-tls"
	require.Equal(t, "https://tools-api.team-a.svc.cluster.local:8080", Endpoint(r))
}
