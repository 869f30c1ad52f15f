package credentials

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
)

// Load reads one Secret from the API server: live must not be a cache, for the
// operator may neither list nor watch Secrets. The field is what names the Secret
// in the spec, for messages.
func Load(ctx context.Context, live client.Reader, field, namespace, name string) (Credentials, error) {
	var secret corev1.Secret
	err := live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &secret)
	switch {
	case apierrors.IsNotFound(err):
		// Not terminal: a Secret often comes moments after the registry.
		return Credentials{}, fault.NewRetry(v1alpha1.ReasonInvalidSecret, fmt.Errorf(
			"%s names Secret %q, which does not exist in namespace %q: create it or correct the name", field, name, namespace))
	case err != nil:
		return Credentials{}, fault.NewRetry(v1alpha1.ReasonSourceUnavailable, fmt.Errorf(
			"read Secret %q of %s in namespace %q: %w", name, field, namespace, err))
	}
	c, err := FromSecret(&secret)
	if err != nil {
		return Credentials{}, fmt.Errorf("%s: %w", field, err)
	}
	return c, nil
}
