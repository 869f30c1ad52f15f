package tokenreview

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// Reconciler keeps the subjects of one ClusterRoleBinding.
type Reconciler struct {
	// Client reads from caches and writes to the API server.
	Client client.Client
	// Binding is the name of the ClusterRoleBinding.
	Binding string
}

// CacheOptions limits the cache to the one binding, which is all that the
// operator may look at.
func CacheOptions(binding string) cache.ByObject {
	return cache.ByObject{Field: fields.OneTermEqualSelector("metadata.name", binding)}
}

// SetupWithManager makes the manager run r whenever a registry or the binding changes.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	all := handler.EnqueueRequestsFromMapFunc(func(context.Context, client.Object) []reconcile.Request {
		return []reconcile.Request{{NamespacedName: client.ObjectKey{Name: r.Binding}}}
	})
	return ctrl.NewControllerManagedBy(mgr).
		Named("tokenreview").
		Watches(&v1alpha1.MCPRegistry{}, all).
		Watches(&rbacv1.ClusterRoleBinding{}, all).
		Complete(r)
}

// Reconcile implements reconcile.Reconciler.
func (r *Reconciler) Reconcile(ctx context.Context, _ ctrl.Request) (ctrl.Result, error) {
	var binding rbacv1.ClusterRoleBinding
	if err := r.Client.Get(ctx, client.ObjectKey{Name: r.Binding}, &binding); err != nil {
		// The registries that need it say in their status that it is missing.
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	var registries v1alpha1.MCPRegistryList
	if err := r.Client.List(ctx, &registries); err != nil {
		return ctrl.Result{}, fmt.Errorf("listing the registries: %w", err)
	}
	wanted := subjects(registries.Items)
	if slices.Equal(wanted, binding.Subjects) {
		return ctrl.Result{}, nil
	}
	if err := r.apply(ctx, &binding, wanted); err != nil {
		return ctrl.Result{}, fmt.Errorf("writing the subjects of ClusterRoleBinding %q: %w", r.Binding, err)
	}
	log.FromContext(ctx).Info("who may review tokens changed", "binding", r.Binding, "serviceAccounts", len(wanted))
	return ctrl.Result{}, nil
}

// subjects are the service accounts of those registries that ask for TokenReview.
func subjects(registries []v1alpha1.MCPRegistry) []rbacv1.Subject {
	var found []rbacv1.Subject
	for i := range registries {
		if r := &registries[i]; Wanted(r) {
			found = append(found, Subject(r))
		}
	}
	slices.SortFunc(found, func(a, b rbacv1.Subject) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return found
}

// Wanted reports whether the API Pods of r have to review tokens.
func Wanted(r *v1alpha1.MCPRegistry) bool {
	api := r.Spec.API
	return r.DeletionTimestamp.IsZero() && api != nil && api.Auth != nil && api.Auth.Type == v1alpha1.AuthTypeTokenReview
}

// Subject is the service account of the API Pods of r.
func Subject(r *v1alpha1.MCPRegistry) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: r.Namespace, Name: v1alpha1.APIName(r.Name)}
}

// apply writes the subjects and no other field. The UID keeps a binding that was
// deleted meanwhile from being made again without its role.
func (r *Reconciler) apply(ctx context.Context, binding *rbacv1.ClusterRoleBinding, wanted []rbacv1.Subject) error {
	list := make([]any, 0, len(wanted))
	for i := range wanted {
		subject, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&wanted[i])
		if err != nil {
			return err
		}
		list = append(list, subject)
	}
	object := &unstructured.Unstructured{Object: map[string]any{"subjects": list}}
	object.SetGroupVersionKind(rbacv1.SchemeGroupVersion.WithKind("ClusterRoleBinding"))
	object.SetName(r.Binding)
	object.SetUID(binding.UID)
	return r.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(v1alpha1.ManagedBy), client.ForceOwnership)
}
