package registry

import (
	"context"
	"maps"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/controllers/tokenreview"
)

// CacheOptions limits what the manager keeps in memory: our own objects, found
// by label, and of ConfigMaps (ours and those that are sources) the metadata only.
func CacheOptions() cache.Options {
	ours := cache.ByObject{Label: labels.SelectorFromSet(labels.Set{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy})}
	return cache.Options{
		ByObject: map[client.Object]cache.ByObject{
			&appsv1.Deployment{}:     ours,
			&corev1.Service{}:        ours,
			&corev1.ServiceAccount{}: ours,
			&rbacv1.Role{}:           ours,
			&rbacv1.RoleBinding{}:    ours,
			configMapMetadata(): {Transform: func(o any) (any, error) {
				if m, ok := o.(*metav1.PartialObjectMetadata); ok {
					m.ManagedFields, m.Annotations = nil, nil
				}
				return o, nil
			}},
		},
		DefaultTransform: cache.TransformStripManagedFields(),
	}
}

// SetupWithManager makes the manager run r, for up to concurrent registries at
// a time.
func (r *Reconciler) SetupWithManager(ctx context.Context, mgr ctrl.Manager, concurrent int) error {
	err := mgr.GetFieldIndexer().IndexField(ctx, &v1alpha1.MCPRegistry{}, indexConfigMap, sourceConfigMap)
	if err != nil {
		return err
	}
	b := ctrl.NewControllerManagedBy(mgr).
		Named("mcpregistry").
		For(&v1alpha1.MCPRegistry{}, builder.WithPredicates(specOrTriggerChanged())).
		Owns(&appsv1.Deployment{}).
		Owns(&corev1.Service{}).
		Owns(&corev1.ServiceAccount{}).
		Owns(&rbacv1.Role{}).
		Owns(&rbacv1.RoleBinding{}).
		WatchesMetadata(configMap(), handler.EnqueueRequestsFromMapFunc(r.registriesOf)).
		WithOptions(working(concurrent))
	if r.Workload.TokenReviewBinding != "" {
		b = b.Watches(&rbacv1.ClusterRoleBinding{}, handler.EnqueueRequestsFromMapFunc(r.reviewingRegistries))
	}
	return b.Complete(r)
}

// working makes up to concurrent registries be worked on at a time, in the order in
// which they are due. controller-runtime's own queue has priorities: while all workers
// are busy, what the list at the start has brought waits for all that events bring,
// and its requeues keep that place.
func working(concurrent int) controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: concurrent, RateLimiter: pauses(), UsePriorityQueue: new(false),
	}
}

// longestPause is what a registry waits at most after failures of the Kubernetes
// API. controller-runtime's own limit is a quarter of an hour, which every registry
// would wait after an outage.
const longestPause = time.Minute

func pauses() workqueue.TypedRateLimiter[reconcile.Request] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](5*time.Millisecond, longestPause)
}

// reviewingRegistries returns the registries whose API Pods review tokens.
func (r *Reconciler) reviewingRegistries(ctx context.Context, _ client.Object) []reconcile.Request {
	var list v1alpha1.MCPRegistryList
	if r.Client.List(ctx, &list) != nil { // the cache cannot fail once it is running
		return nil
	}
	var found []reconcile.Request
	for i := range list.Items {
		if item := &list.Items[i]; tokenreview.Wanted(item) {
			found = append(found, request(item.Namespace, item.Name))
		}
	}
	return found
}

// specOrTriggerChanged keeps our own status writes from causing reconciles.
func specOrTriggerChanged() predicate.Predicate {
	annotated := predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		return !maps.Equal(e.ObjectOld.GetAnnotations(), e.ObjectNew.GetAnnotations())
	}}
	return predicate.Or(predicate.GenerationChangedPredicate{}, annotated)
}

func request(namespace, name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
}

func configMap() client.Object { return &corev1.ConfigMap{} }

// configMapMetadata is the form in which ConfigMaps are cached.
func configMapMetadata() client.Object {
	m := &metav1.PartialObjectMetadata{}
	m.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	return m
}

func isControlledBy(o, owner client.Object) bool { return metav1.IsControlledBy(o, owner) }
