package integration

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	testclock "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/controllers/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/controllers/tokenreview"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiservice"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/configmap"
	syncer "github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/telemetry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

const (
	image = "ghcr.io/acme/operator:test"
	// reviewing is the role to review tokens, and its binding.
	reviewing = "it:token-review"
	// lag is how far the controller's cache is behind, so that no test passes only
	// because it was up to date.
	lag = 100 * time.Millisecond
)

// world is what all tests share: a control plane with the controller running
// against it, its clock, and a Git server that it trusts.
type world struct {
	*cluster.Cluster
	clock *testclock.FakePassiveClock
	git   *gitserver.Server
	// metrics are those of the manager that was made last.
	metrics *telemetry.Metrics
}

func newWorld(t *testing.T) *world {
	t.Helper()
	log.SetLogger(logr.Discard())
	w := &world{
		Cluster: cluster.ControlPlane(t),
		clock:   testclock.NewFakePassiveClock(time.Now()),
		git:     gitserver.New(t),
	}
	w.makeReviewRole(t)
	w.run(t, w.manager(t))
	w.RunKubelet(t, client.HasLabels{v1alpha1.LabelRegistry})
	return w
}

func (w *world) manager(t *testing.T) manager.Manager {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		v1alpha1.AddToScheme, corev1.AddToScheme, appsv1.AddToScheme, rbacv1.AddToScheme,
	} {
		require.NoError(t, add(scheme))
	}
	caches := registry.CacheOptions()
	caches.ByObject[&rbacv1.ClusterRoleBinding{}] = tokenreview.CacheOptions(reviewing)
	mgr, err := ctrl.NewManager(cluster.Late(w.Config, lag), ctrl.Options{
		Scheme:  scheme,
		Cache:   caches,
		Client:  client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.ConfigMap{}}}},
		Metrics: metricsserver.Options{BindAddress: "0"},
	})
	require.NoError(t, err)
	live, err := client.New(w.Config, client.Options{Scheme: scheme})
	require.NoError(t, err)
	r := w.reconciler(t, mgr.GetClient(), live, mgr.GetCache())
	r.Events = mgr.GetEventRecorder(v1alpha1.ManagedBy)
	w.metrics = telemetry.New(mgr.GetCache(), mgr.Elected())
	r.Metrics = w.metrics
	require.NoError(t, r.SetupWithManager(t.Context(), mgr, 4))
	reviews := &tokenreview.Reconciler{Client: mgr.GetClient(), Binding: reviewing}
	require.NoError(t, reviews.SetupWithManager(mgr))
	return mgr
}

// makeReviewRole makes what the chart has for API services that review tokens.
func (w *world) makeReviewRole(t *testing.T) {
	t.Helper()
	meta := metav1.ObjectMeta{Name: reviewing}
	w.Create(t, &rbacv1.ClusterRole{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{{
		APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"tokenreviews"}, Verbs: []string{"create"},
	}}}, &rbacv1.ClusterRoleBinding{ObjectMeta: meta, RoleRef: rbacv1.RoleRef{
		APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: reviewing,
	}})
}

// reconciler is one that has just been started.
func (w *world) reconciler(t *testing.T, cached, live client.Client, meta client.Reader) *registry.Reconciler {
	t.Helper()
	roots := w.git.CA()
	web := httptest.NewTLSServer(nil) // all of them have the same certificate
	roots.AddCert(web.Certificate())
	web.Close()
	policy := egress.Policy{AllowLoopback: true, RootCAs: roots}
	return &registry.Reconciler{
		Client: cached, Live: live,
		Storage: configmap.New(live, meta, w.clock),
		Sources: registry.Fetchers{
			Live: live, Metadata: meta, HTTP: policy.Client(), Egress: policy, ScratchDir: t.TempDir(), MaxBytes: 16 << 20,
			Git: git.NewCache(git.DefaultCacheBytes),
		},
		Applier:  apiservice.Applier{Client: cached, Live: live},
		Workload: registry.Workload{Image: image, TokenReviewBinding: reviewing},
		Events:   events.NewFakeRecorder(100),
		Clock:    w.clock,
		Memory:   syncer.NewMemory(16 << 20),
	}
}

// run runs the manager until the test ends.
func (w *world) run(t *testing.T, mgr manager.Manager) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the manager ended: %v", err)
		}
	})
}

// namespace makes a namespace for one test.
func (w *world) namespace(t *testing.T) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "it-"}}
	w.Create(t, namespace)
	return namespace.Name
}

// poke makes the controller look at a registry without asking for anything.
func (w *world) poke(t *testing.T, r *v1alpha1.MCPRegistry) {
	t.Helper()
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		metav1.SetMetaDataAnnotation(&r.ObjectMeta, "test.mcp-registry-operator/poke", time.Now().String())
	})
}
