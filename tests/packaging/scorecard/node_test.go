package scorecard

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

const (
	operatorNamespace = "scorecard-operator"
	testNamespace     = "scorecard"
	account           = "scorecard"
	previousVersion   = "0.0.1"
	untarImage        = "registry.example.com/untar:test"
)

// TestOnNode: a registry is made by an earlier version, the operator is upgraded,
// and then every test of the bundle passes in a Pod.
func TestOnNode(t *testing.T) {
	requireAsked(t)
	log.SetLogger(logr.Discard())
	if os.Getenv("KUBECONFIG") != "" {
		t.Skip("the images of the tests are loaded into the local cluster only")
	}
	c := cluster.Node(t)
	removeDefinitionAfterwards(t, c)
	current := c.LoadImage(t)
	loadImages(t, c, current)
	for _, name := range []string{operatorNamespace, testNamespace} {
		makeNamespace(t, c, name)
	}
	operator := c.InstallOperator(t, "scorecard", operatorNamespace, values(current.Repository, previousVersion))
	r := fixture.FromConfigMap(testNamespace, "earlier")
	c.Create(t, fixture.Source(testNamespace, "earlier", fixture.ToolHive("one")), r)
	c.Ready(t, r)
	require.Equal(t, previousVersion, servedBy(t, c, r))
	operator.Upgrade(t, values(current.Repository, current.Tag))

	for _, item := range runScorecard(t, c) {
		passed(t, item.Spec.Labels["test"], item.Status)
		said := ""
		if item.Spec.Labels["suite"] == "custom" { // the others print the whole definition
			said = item.Status.Results[0].Log
		}
		t.Logf("%s passed. %s", item.Spec.Labels["test"], said)
	}
}

func values(repository, tag string) map[string]any {
	return map[string]any{"image": map[string]any{"registry": "", "repository": repository, "tag": tag}}
}

// loadImages loads the previous version of the operator, and the images that
// scorecard runs.
func loadImages(t *testing.T, c *cluster.Cluster, current cluster.Image) {
	t.Helper()
	folder := t.TempDir()
	previous, untar, scorecard := filepath.Join(folder, "operator"), filepath.Join(folder, "untar"), filepath.Join(folder, "scorecard")
	build(t, previous, ".", "-ldflags", "-X main.version="+previousVersion)
	archive := filepath.Join(folder, "image.tar")
	command := exec.CommandContext(t.Context(), "go", "run", "./hack/image", "-program", runtime.GOARCH+"="+previous,
		"-version", previousVersion, "-reference", current.Repository+":"+previousVersion, "-out", archive)
	command.Dir = cluster.Root(t)
	said, err := command.CombinedOutput()
	require.NoError(t, err, "%s", said)
	c.LoadArchive(t, archive)

	build(t, untar, "./tests/packaging/scorecard/cmd/untar")
	build(t, scorecard, "./hack/scorecard")
	load(t, c, untarImage, map[string]string{"tar": untar})
	load(t, c, custom(t), map[string]string{"scorecard": scorecard})
	load(t, c, image(t, "olm"), map[string]string{"scorecard-test": program(t, "SCORECARD_TEST")})
}

// makeNamespace makes a namespace that enforces the restricted Pod Security
// Standard, with the account of the tests.
func makeNamespace(t *testing.T, c *cluster.Cluster, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	cluster.Eventually(t, "namespace "+name, func(ctx context.Context) error { return c.Client.Create(ctx, namespace.DeepCopy()) })
	t.Cleanup(func() {
		require.NoError(t, client.IgnoreNotFound(c.Client.Delete(context.WithoutCancel(t.Context()), namespace)))
	})
	meta := metav1.ObjectMeta{Namespace: name, Name: account}
	verbs := []string{"get", "list", "create", "delete"}
	c.Create(t, &corev1.ServiceAccount{ObjectMeta: meta}, &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"mcpregistries"}, Verbs: verbs},
		{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: verbs},
	}}, &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: account},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: name, Name: account}},
	})
}

// servedBy is the version of the program that serves a registry. The names of
// Services are not known outside the cluster.
func servedBy(t *testing.T, c *cluster.Cluster, r *v1alpha1.MCPRegistry) string {
	t.Helper()
	var service corev1.Service
	key := client.ObjectKey{Namespace: r.Namespace, Name: v1alpha1.APIName(r.Name)}
	require.NoError(t, c.Client.Get(t.Context(), key, &service))
	url := fmt.Sprintf("http://%s/v0.1/version", net.JoinHostPort(service.Spec.ClusterIP, strconv.Itoa(v1alpha1.APIPort)))
	var is struct{ Version string }
	cluster.Eventually(t, "version of "+r.Name, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s", response.Status)
		}
		return json.NewDecoder(response.Body).Decode(&is)
	})
	return is.Version
}

type item struct {
	Spec   step
	Status status
}

// runScorecard runs operator-sdk scorecard, all tests.
func runScorecard(t *testing.T, c *cluster.Cluster) []item {
	t.Helper()
	command := exec.CommandContext(t.Context(), program(t, "OPERATOR_SDK"), "scorecard", filepath.Join(cluster.Root(t), "bundle"),
		"--kubeconfig", c.Kubeconfig, "--namespace", testNamespace, "--service-account", account,
		"--untar-image", untarImage, "--pod-security", "restricted", "--wait-time", "4m", "--output", "json")
	command.Dir = t.TempDir()
	var complaint bytes.Buffer
	command.Stderr = &complaint
	began := time.Now()
	out, err := command.Output()
	t.Logf("operator-sdk scorecard: %s (%v)", time.Since(began).Round(100*time.Millisecond), err)
	var list struct{ Items []item }
	require.NoError(t, json.Unmarshal(out, &list), "%s %s", out, complaint.Bytes())
	require.Len(t, list.Items, len(configured(t)), "%s %s", out, complaint.Bytes())
	return list.Items
}

// removeDefinitionAfterwards removes what helm uninstall keeps.
func removeDefinitionAfterwards(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	t.Cleanup(func() {
		crd := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: "mcpregistries.toolhive.stacklok.dev"}}
		require.NoError(t, client.IgnoreNotFound(c.Client.Delete(context.WithoutCancel(t.Context()), crd)))
	})
}
