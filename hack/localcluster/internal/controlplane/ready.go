package controlplane

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// APIReady says whether the API server answers that it is ready.
func APIReady(ctx context.Context, client kubernetes.Interface) (bool, error) {
	_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
	return err == nil, nil
}

// ControllersReady says whether the controller manager does its work: without
// the service account "default" no Pod is admitted.
func ControllersReady(ctx context.Context, client kubernetes.Interface) (bool, error) {
	_, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return false, fmt.Errorf("service account default/default: %w", err)
	}
	return err == nil, nil
}
