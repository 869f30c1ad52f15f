package apiservice

import (
	"errors"
	"fmt"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

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
	return reflect.New(reflect.TypeOf(object).Elem()).Interface().(client.Object) //nolint:forcetypeassert // of the same type as object
}
