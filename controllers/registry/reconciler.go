package registry

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiservice"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/telemetry"
)

// Permissions of the operator. The chart's RBAC is generated from these lines.
// ConfigMaps are readable because they are sources, and because the operator may
// grant API services only what it holds itself. Secrets are read one at a time,
// by the name that a registry gives, only to say what is wrong with one.
//
// +kubebuilder:rbac:groups=toolhive.stacklok.dev,resources=mcpregistries,verbs=get;list;watch
// +kubebuilder:rbac:groups=toolhive.stacklok.dev,resources=mcpregistries/status,verbs=get;patch
// +kubebuilder:rbac:groups=toolhive.stacklok.dev,resources=mcpregistries/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get
// +kubebuilder:rbac:groups="",resources=services;serviceaccounts,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=rbac.authorization.k8s.io,resources=roles;rolebindings,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Sources makes the fetcher for a source of a registry.
type Sources interface {
	// Fetcher returns the fetcher for s in namespace, or an error that says
	// what is wrong with the spec. A source without a name is the only one.
	Fetcher(namespace string, s v1alpha1.NamedSource) (source.Fetcher, error)
	// Revision returns the present revision of a watched source from the
	// cache; "" for a source that is not watched.
	Revision(ctx context.Context, namespace string, s v1alpha1.Source) (source.Revision, error)
}

// Workload is what the API Pods of all registries have in common.
type Workload struct {
	// Image of the API Pods: the operator's own.
	Image string
	// PullPolicy of the image; "" leaves it to Kubernetes.
	PullPolicy string
	// PullSecrets name Secrets in the registry's namespace.
	PullSecrets []corev1.LocalObjectReference
	// Proxy is the operator's way out of the cluster.
	Proxy apiservice.Proxy
	// TokenReviewBinding names the ClusterRoleBinding that lets API Pods review
	// tokens; "" means that none may.
	TokenReviewBinding string
}

// Reconciler brings one MCPRegistry at a time to what its spec says.
type Reconciler struct {
	// Client reads from caches and writes to the API server.
	Client client.Client
	// Live reads from the API server.
	Live     client.Reader
	Storage  storage.Manager
	Sources  Sources
	Applier  apiservice.Applier
	Workload Workload
	Events   events.EventRecorder
	Clock    clock.PassiveClock
	// Metrics count what is tried; nil does not.
	Metrics *telemetry.Metrics
	// Memory limits what all syncs work on at a time; nil is no limit.
	Memory *sync.Memory

	// registries and deployments were seen in these versions.
	registries, deployments seen
}

// Reconcile implements reconcile.Reconciler.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	s, err := r.load(ctx, req.NamespacedName)
	if s == nil || err != nil {
		return ctrl.Result{}, err
	}
	r.inspect(ctx, s)
	if s, err = r.pin(ctx, s); s == nil || err != nil {
		return ctrl.Result{}, err
	}
	if s, err = r.sync(ctx, s); s == nil || err != nil {
		return ctrl.Result{}, err
	}
	r.tidy(ctx, s)
	r.describe(ctx, s)
	r.serve(ctx, s)
	return r.finish(ctx, s)
}

// load reads the registry from the cache, unless that is known to lag.
func (r *Reconciler) load(ctx context.Context, key client.ObjectKey) (*scope, error) {
	s, err := r.read(ctx, r.Client, key)
	if s != nil && r.registries.newerThan(s.object) {
		return r.loadLive(ctx, key)
	}
	return s, err
}

// loadLive reads the registry from the API server.
func (r *Reconciler) loadLive(ctx context.Context, key client.ObjectKey) (*scope, error) {
	s, err := r.read(ctx, r.Live, key)
	if s != nil {
		r.registries.note(s.object)
	}
	return s, err
}

// read reads the registry and translates its spec. It returns nil when there is
// nothing to do: what a registry owns is collected with it, so deletion needs
// no work here and cannot be held up by an invalid spec.
func (r *Reconciler) read(ctx context.Context, from client.Reader, key client.ObjectKey) (*scope, error) {
	var object v1alpha1.MCPRegistry
	err := from.Get(ctx, key, &object)
	switch {
	case apierrors.IsNotFound(err):
		r.registries.forget(key)
		r.deployments.forget(apiKey(key))
		return nil, nil
	case err != nil:
		return nil, err
	case !object.DeletionTimestamp.IsZero():
		return nil, nil
	}
	return newScope(&object, r.Clock.Now(), r.Sources), nil
}

// defaultTimeout is that of a source without spec.syncPolicy.timeout.
const defaultTimeout = 2 * time.Minute
