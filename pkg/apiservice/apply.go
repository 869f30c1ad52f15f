package apiservice

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// ErrConflict: an object that is not ours has the name that we need. It was not touched.
var ErrConflict = errors.New("an object of the same name belongs to somebody else")

// Operation is what was done to an object.
type Operation string

// The operations.
const (
	Unchanged Operation = "unchanged"
	Created   Operation = "created"
	Corrected Operation = "corrected"
)

// Change is one write.
type Change struct {
	Kind, Name string
	Operation  Operation
}

// Result is what was found and done.
type Result struct {
	// Changes are the writes, in order; none when everything was as wanted.
	Changes []Change
	// Deployment is as the cluster has it, with its status, for [Readiness]; nil
	// when only the access was applied.
	Deployment *appsv1.Deployment
}

// Applier brings the cluster to the rendered objects.
type Applier struct {
	// Client writes, and reads from a cache that need only hold objects with the
	// label [v1alpha1.LabelManagedBy].
	Client client.Client
	// Live reads from the API server. It is asked only when the cache does not
	// show what is wanted.
	Live client.Reader
}

// Apply brings the cluster to objects. It stops at the first error, which is an
// [ErrConflict] when a name is taken.
func (a Applier) Apply(ctx context.Context, objects Objects) (Result, error) {
	return a.applyAll(ctx, objects.InOrder())
}

// ApplyRole brings only the ServiceAccount, Role and RoleBinding to what r says.
// Before a new snapshot becomes current, the pods have to be allowed to read it:
// r.ChunkNames then are the chunks of the current, the next and the previous one.
func (a Applier) ApplyRole(ctx context.Context, r Registry) (Result, error) {
	objects, err := renderAccess(r)
	if err != nil {
		return Result{}, err
	}
	return a.applyAll(ctx, objects)
}

func (a Applier) applyAll(ctx context.Context, objects []client.Object) (Result, error) {
	var result Result
	for _, object := range objects {
		live, operation, err := a.apply(ctx, object)
		if err != nil {
			return result, fmt.Errorf("apply %s: %w", describe(object), err)
		}
		if deployment, ok := live.(*appsv1.Deployment); ok {
			result.Deployment = deployment
		}
		if operation != Unchanged {
			kind := object.GetObjectKind().GroupVersionKind().Kind
			result.Changes = append(result.Changes, Change{Kind: kind, Name: object.GetName(), Operation: operation})
		}
	}
	return result, nil
}

// apply looks at the cache first, which is all there is to do nearly always. The
// cache may be behind and does not show foreign objects, so nothing is written
// before the API server was asked.
func (a Applier) apply(ctx context.Context, desired client.Object) (client.Object, Operation, error) {
	key := client.ObjectKeyFromObject(desired)
	cached := emptyLike(desired)
	switch err := a.Client.Get(ctx, key, cached); {
	case err == nil && settled(desired, cached):
		return cached, Unchanged, nil
	case client.IgnoreNotFound(err) != nil:
		return nil, Unchanged, fmt.Errorf("read from the cache: %w", err)
	}
	live := emptyLike(desired)
	err := a.Live.Get(ctx, key, live)
	switch {
	case apierrors.IsNotFound(err):
		return a.create(ctx, desired)
	case err != nil:
		return nil, Unchanged, fmt.Errorf("read: %w", err)
	}
	if err := checkOwner(desired, live); err != nil {
		return nil, Unchanged, err
	}
	if settled(desired, live) {
		return live, Unchanged, nil
	}
	return a.correct(ctx, desired, live)
}

// create does not use server-side apply, which would take over an object that
// somebody else created since we looked.
func (a Applier) create(ctx context.Context, desired client.Object) (client.Object, Operation, error) {
	created := desired.DeepCopyObject().(client.Object)
	if err := a.Client.Create(ctx, created, client.FieldOwner(v1alpha1.ManagedBy)); err != nil {
		return nil, Unchanged, fmt.Errorf("create: %w", err)
	}
	return created, Created, nil
}

func (a Applier) correct(ctx context.Context, desired, live client.Object) (client.Object, Operation, error) {
	if err := a.adoptCreatedFields(ctx, live); err != nil {
		return nil, Unchanged, err
	}
	content, err := contentOf(desired)
	if err != nil {
		return nil, Unchanged, err
	}
	wanted := &unstructured.Unstructured{Object: content}
	// The UID makes the API server refuse if the object was replaced since we looked.
	wanted.SetUID(live.GetUID())
	err = a.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(wanted),
		client.FieldOwner(v1alpha1.ManagedBy), client.ForceOwnership)
	if err != nil {
		return nil, Unchanged, fmt.Errorf("server-side apply: %w", err)
	}
	corrected := emptyLike(desired)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(wanted.Object, corrected); err != nil {
		return nil, Unchanged, fmt.Errorf("decode the answer: %w", err)
	}
	return corrected, Corrected, nil
}

// adoptCreatedFields makes the fields that [Applier.create] wrote count as applied
// ones. Otherwise a field that is no longer rendered would stay for ever, because
// server-side apply removes only what was applied before.
func (a Applier) adoptCreatedFields(ctx context.Context, live client.Object) error {
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(live, sets.New(v1alpha1.ManagedBy), v1alpha1.ManagedBy)
	if err != nil {
		return fmt.Errorf("read the managed fields: %w", err)
	}
	if patch == nil {
		return nil
	}
	// The patch names the resourceVersion, so it fails if the object has changed.
	err = a.Client.Patch(ctx, live, client.RawPatch(types.JSONPatchType, patch), client.FieldOwner(v1alpha1.ManagedBy))
	if err != nil {
		return fmt.Errorf("update the managed fields: %w", err)
	}
	return nil
}

// checkOwner returns nil if live belongs to the registry of desired. What is left
// of a deleted registry of the same name is not a conflict: it will be collected.
func checkOwner(desired, live client.Object) error {
	want, got := metav1.GetControllerOf(desired), metav1.GetControllerOf(live)
	switch {
	case got == nil:
		return fmt.Errorf("%w: it has no controller; rename or delete it, or rename the registry", ErrConflict)
	case got.UID == want.UID:
		return nil
	case got.APIVersion == want.APIVersion && got.Kind == want.Kind && got.Name == want.Name:
		return errors.New("it belongs to a deleted registry of the same name and waits for garbage collection")
	default:
		return fmt.Errorf("%w: %s %q; rename or delete it, or rename the registry", ErrConflict, got.Kind, got.Name)
	}
}

// settled reports whether live is ours and has all that desired says.
func settled(desired, live client.Object) bool {
	if checkOwner(desired, live) != nil {
		return false
	}
	want, err := contentOf(desired)
	if err != nil {
		return false
	}
	got, err := contentOf(live)
	if err != nil {
		return false
	}
	// Typed clients drop both from what they read.
	delete(want, "kind")
	delete(want, "apiVersion")
	return subset(want, got)
}

// contentOf is object as decoded JSON, with only what can be applied.
func contentOf(object client.Object) (map[string]any, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", describe(object), err)
	}
	delete(content, "status")
	dropNulls(content)
	return content, nil
}

// dropNulls removes the nulls that Go types leave for empty times.
func dropNulls(content map[string]any) {
	for key, value := range content {
		switch value := value.(type) {
		case nil:
			delete(content, key)
		case map[string]any:
			dropNulls(value)
		}
	}
}

func emptyLike(object client.Object) client.Object {
	return reflect.New(reflect.TypeOf(object).Elem()).Interface().(client.Object)
}
