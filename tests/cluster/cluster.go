package cluster

import (
	"testing"

	"github.com/stretchr/testify/require"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// Cluster is a running Kubernetes with full rights on it.
type Cluster struct {
	// Config is an administrator's.
	Config *rest.Config
	// Client knows Kubernetes' own types, CRDs and ours. It caches nothing.
	Client client.Client
	// Clientset is for what Client cannot do: logs, evictions, raw paths.
	Clientset kubernetes.Interface
	// Kubeconfig is the file that Config came from.
	Kubeconfig string
	// Programs is the folder of the cluster's own programs, of which kubectl is one;
	// empty if unknown.
	Programs string
	// Address is where this machine is reached from Pods; empty if unknown.
	Address string

	auditLog string
}

func connect(t testing.TB, e environment) *Cluster {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", e.kubeconfig)
	require.NoError(t, err)
	config.QPS = -1                                      // a test's own requests are not to wait for each other
	config.WarningHandlerWithContext = rest.NoWarnings{} // some objects are bad on purpose
	scheme := runtime.NewScheme()
	require.NoError(t, clientgoscheme.AddToScheme(scheme))
	require.NoError(t, apiextensionsv1.AddToScheme(scheme))
	require.NoError(t, v1alpha1.AddToScheme(scheme))
	c, err := client.New(config, client.Options{Scheme: scheme})
	require.NoError(t, err)
	clientset, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	return &Cluster{
		Config: config, Client: c, Clientset: clientset,
		Kubeconfig: e.kubeconfig, Programs: e.programs, Address: e.address, auditLog: e.auditLog,
	}
}
