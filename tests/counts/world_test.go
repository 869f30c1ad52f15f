package counts

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	testclock "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/controllers/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiservice"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	sourcehttp "github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/http"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/configmap"
	syncer "github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

const namespace = "counts"

// world is a control plane and a reconciler whose requests are counted.
type world struct {
	*cluster.Cluster
	clock      *testclock.FakePassiveClock
	kubernetes meter
	sources    meter
	reconciler *registry.Reconciler
	// refuse makes the Kubernetes API fail; nil lets everything through.
	refuse func(*http.Request) bool
	// lose makes the answers of the Kubernetes API get lost; nil loses none.
	lose func(*http.Request) bool
	// behind are objects that the cache has in an old version, as when it lags.
	behind []client.Object
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts a control plane")
	}
	log.SetLogger(logr.Discard())
	w := &world{Cluster: cluster.ControlPlane(t), clock: testclock.NewFakePassiveClock(time.Now())}
	w.Create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	return w
}

// cached reads from a cache, which costs nothing, what the operator caches, and
// does all the rest with requests that count.
type cached struct {
	client.Client
	cache client.Reader
	world *world
}

// Get implements [client.Reader].
func (c cached) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	switch o.(type) {
	case *corev1.ConfigMap, *corev1.Secret: // as in the operator
		return c.Client.Get(ctx, key, o, options...)
	}
	for _, old := range c.world.behind {
		if reflect.TypeOf(old) == reflect.TypeOf(o) && client.ObjectKeyFromObject(old) == key {
			reflect.ValueOf(o).Elem().Set(reflect.ValueOf(old.DeepCopyObject()).Elem())
			return nil
		}
	}
	return c.cache.Get(ctx, key, o, options...)
}

// List implements [client.Reader].
func (c cached) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	return c.cache.List(ctx, list, options...)
}

// start makes a reconciler that knows nothing yet, as after a start of the operator.
func (w *world) start(t *testing.T, policy egress.Policy) {
	t.Helper()
	config := rest.CopyConfig(w.Config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return metered{&w.kubernetes, failing{w, next}, verb} })
	live, err := client.New(config, client.Options{Scheme: w.Client.Scheme(), Mapper: w.Client.RESTMapper()})
	require.NoError(t, err)
	writing := cached{live, w.Client, w}
	web := policy.Client()
	web.Transport = metered{&w.sources, web.Transport, func(r *http.Request) string { return r.Method }}
	w.reconciler = &registry.Reconciler{
		Client: writing, Live: live, Storage: configmap.New(live, w.Client, w.clock),
		Sources: registry.Fetchers{
			Live: live, Metadata: w.Client, HTTP: web, Egress: policy, ScratchDir: t.TempDir(), MaxBytes: 16 << 20, Memory: &sourcehttp.Memory{},
		},
		Applier:  apiservice.Applier{Client: writing, Live: live},
		Workload: registry.Workload{Image: "ghcr.io/acme/operator:test"},
		Events:   events{&w.kubernetes}, Clock: w.clock, Memory: syncer.NewMemory(16 << 20),
	}
}

// failing refuses and loses what the world says.
type failing struct {
	*world
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (f failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.refuse != nil && f.refuse(r) {
		return nil, errRefused
	}
	response, err := f.next.RoundTrip(r)
	if err == nil && f.lose != nil && f.lose(r) {
		return nil, errors.Join(errLost, response.Body.Close())
	}
	return response, err
}

// reconcile reconciles once and refreshes r.
func (w *world) reconcile(t *testing.T, r *v1alpha1.MCPRegistry) {
	t.Helper()
	_, err := w.reconciler.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(r)})
	require.NoError(t, err)
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(r), r))
}

// settle reconciles until that costs nothing any more.
func (w *world) settle(t *testing.T, r *v1alpha1.MCPRegistry) cost {
	t.Helper()
	var total cost
	for range 10 {
		w.reconcile(t, r)
		w.deploymentSeen(t, r)
		more := w.cost()
		if more.none() {
			return total
		}
		total.add(more)
	}
	require.Fail(t, "it goes on for ever", "%+v", total)
	return total
}

// deploymentSeen waits until Kubernetes has looked at the Deployment, whose status
// is told in the registry's.
func (w *world) deploymentSeen(t *testing.T, r *v1alpha1.MCPRegistry) {
	t.Helper()
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.APIName(r.Name)}}
	cluster.Eventually(t, "the Deployment to be seen", func(ctx context.Context) error {
		err := client.IgnoreNotFound(w.Client.Get(ctx, client.ObjectKeyFromObject(d), d))
		if err == nil && d.Status.ObservedGeneration < d.Generation {
			err = errUnseen
		}
		return err
	})
}

// later lets the interval pass.
func (w *world) later() { w.clock.SetTime(w.clock.Now().Add(67 * time.Minute)) }

// podless lets no Pods be made, whose coming and going would be told too.
func podless(r *v1alpha1.MCPRegistry) *v1alpha1.MCPRegistry {
	r.Spec.API = &v1alpha1.API{Replicas: ptr.To[int32](0)}
	return r
}
