package olm

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/program"
)

// account is the service account that the bundle names.
const account = "mcp-registry-operator"

// deployment is the operator's, as OLM made it. OLM may make it before it looks at
// the settings of the Subscription, and changes it then.
func (i *installation) deployment(t *testing.T) *appsv1.Deployment {
	t.Helper()
	d := &appsv1.Deployment{}
	cluster.Eventually(t, "the settings of the Subscription in the Deployment", func(ctx context.Context) error {
		if err := i.Client.Get(ctx, client.ObjectKey{Namespace: i.namespace, Name: packageName}, d); err != nil {
			return err
		}
		level := slices.DeleteFunc(slices.Clone(d.Spec.Template.Spec.Containers[0].Env), func(e corev1.EnvVar) bool {
			return e.Name != "MCP_REGISTRY_LOG_LEVEL"
		})
		if len(level) != 1 || level[0].Value != "debug" {
			return fmt.Errorf("the level of the log is %v", level)
		}
		return nil
	})
	require.Len(t, d.Spec.Template.Spec.Containers, 1)
	require.Equal(t, account, d.Spec.Template.Spec.ServiceAccountName)
	return d
}

// run runs the operator as its Pod would: with the token of its service account,
// the arguments and the environment that OLM gave it. Only addresses and folders
// are this machine's.
func (i *installation) run(t *testing.T) *program.Process {
	t.Helper()
	d := i.deployment(t)
	container := d.Spec.Template.Spec.Containers[0]
	health := "127.0.0.1:" + freePort(t)
	environment := []string{"KUBECONFIG=" + i.kubeconfig(t)}
	for _, variable := range container.Env {
		if value, known := resolve(t, d, variable); known {
			environment = append(environment, variable.Name+"="+value)
		}
	}
	environment = append(environment, // of two, the last one counts
		"MCP_REGISTRY_HEALTH_ADDRESS="+health, "MCP_REGISTRY_METRICS_ADDRESS=0", "MCP_REGISTRY_SCRATCH_DIR="+t.TempDir())
	p := start(t, environment, i.operator, container.Args...)
	cluster.Eventually(t, "the operator's probe", func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+health+"/readyz", http.NoBody)
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
		return nil
	})
	return p
}

var annotation = regexp.MustCompile(`^metadata\.annotations\['(.+)'\]$`)

// resolve is what the kubelet makes of a variable.
func resolve(t *testing.T, d *appsv1.Deployment, variable corev1.EnvVar) (value string, known bool) {
	t.Helper()
	switch {
	case variable.ValueFrom == nil:
		return variable.Value, true
	case variable.ValueFrom.FieldRef == nil:
		return "", false // the memory of the container: there is none
	}
	switch path := variable.ValueFrom.FieldRef.FieldPath; path {
	case "metadata.name":
		return d.Name + "-process", true
	case "metadata.namespace":
		return d.Namespace, true
	default:
		match := annotation.FindStringSubmatch(path)
		require.NotNil(t, match, "variable %s comes from %q", variable.Name, path)
		value, known := d.Spec.Template.Annotations[match[1]]
		require.True(t, known, "OLM has not set annotation %q", match[1])
		return value, true
	}
}

// kubeconfig writes a file with the account's token and nothing else to log in with.
func (i *installation) kubeconfig(t *testing.T) string {
	t.Helper()
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{Server: i.Config.Host, CertificateAuthorityData: i.authority(t)}
	config.AuthInfos["u"] = &clientcmdapi.AuthInfo{Token: i.Token(t, i.namespace, account)}
	config.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	config.CurrentContext = "x"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, path))
	return path
}

func (w *world) authority(t *testing.T) []byte {
	t.Helper()
	if data := w.Config.CAData; len(data) > 0 {
		return data
	}
	data, err := os.ReadFile(w.Config.CAFile)
	require.NoError(t, err)
	return data
}
