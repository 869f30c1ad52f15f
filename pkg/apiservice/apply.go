package apiservice

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// ErrConflict means that an object that is not ours has the name that we need. It was not touched.
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
	cached := emptyLike(desired)
	switch err := a.Client.Get(ctx, client.ObjectKeyFromObject(desired), cached); {
	case err == nil && settled(desired, cached):
		return cached, Unchanged, nil
	case client.IgnoreNotFound(err) != nil:
		return nil, Unchanged, fmt.Errorf("read from the cache: %w", err)
	}
	return a.applyLive(ctx, desired)
}

// applyLive tries again when the object changed between read and write; a
// Deployment's status does so often while it rolls out.
func (a Applier) applyLive(ctx context.Context, desired client.Object) (client.Object, Operation, error) {
	var live client.Object
	var operation Operation
	err := retry.RetryOnConflict(retry.DefaultRetry, func() (err error) {
		live, operation, err = a.applyOnce(ctx, desired)
		return err
	})
	return live, operation, err
}

func (a Applier) applyOnce(ctx context.Context, desired client.Object) (client.Object, Operation, error) {
	live := emptyLike(desired)
	err := a.Live.Get(ctx, client.ObjectKeyFromObject(desired), live)
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
	created := desired.DeepCopyObject().(client.Object) //nolint:forcetypeassert // a copy has its original's type
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
