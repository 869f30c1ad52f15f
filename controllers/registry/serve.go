package registry

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiservice"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// serve brings the API service to what is wanted once there is data for it, and
// finds out how it is.
func (r *Reconciler) serve(ctx context.Context, s *scope) {
	deployment, err := r.apply(ctx, s)
	if err != nil {
		s.facts.API.Err = workloadError(err)
		deployment = nil
	}
	if deployment == nil {
		deployment = r.ownDeployment(ctx, s)
	}
	if deployment == nil {
		return
	}
	api := &s.facts.API
	api.Exists, api.ReadyReplicas = true, deployment.Status.ReadyReplicas
	api.Endpoint = apiservice.Endpoint(r.workload(s, s.facts.Stored))
	api.Ready, _, api.Message = apiservice.Readiness(deployment)
	if api.Err == nil && s.accessErr == nil {
		r.checkAccess(ctx, s)
	}
}

// checkAccess corrects what the Deployment tells by what it does not know.
func (r *Reconciler) checkAccess(ctx context.Context, s *scope) {
	api := &s.facts.API
	if !api.Ready {
		api.Err = r.checkSecrets(ctx, s)
		return
	}
	granted, err := r.checkGrant(ctx, s)
	if api.Err = err; !granted && err == nil {
		api.Ready, api.Message = false, "Waiting for the API service's right to review tokens"
	}
}

func (r *Reconciler) apply(ctx context.Context, s *scope) (*appsv1.Deployment, error) {
	// Half of what was meant about access must not be applied: it could let
	// everybody in. What runs stays as it is, and the status says what is wrong.
	if s.facts.Stored.Digest == "" || s.accessErr != nil {
		return nil, nil //nolint:nilerr // it is one of the errors of the spec, which the status tells
	}
	if err := r.checkTokenReview(s); err != nil {
		return nil, err
	}
	objects, err := apiservice.Render(r.workload(s, s.facts.Stored))
	if err != nil {
		return nil, err
	}
	result, err := r.Applier.Apply(ctx, objects)
	if err != nil || result.Deployment == nil {
		return nil, err
	}
	return r.newest(ctx, result.Deployment)
}

// newest returns d, or what the API server has if something newer than d was seen.
func (r *Reconciler) newest(ctx context.Context, d *appsv1.Deployment) (*appsv1.Deployment, error) {
	newest := d
	if r.deployments.newerThan(d) {
		newest = &appsv1.Deployment{}
		if err := r.Live.Get(ctx, client.ObjectKeyFromObject(d), newest); err != nil {
			return nil, err
		}
	}
	r.deployments.note(newest)
	return newest, nil
}

// grant lets the API service read the chunks of the next snapshot before the
// pointer names them. The chunks of the present one stay readable.
func (r *Reconciler) grant(ctx context.Context, s *scope, next storage.Manifest) error {
	if _, err := r.Applier.ApplyRole(ctx, r.workload(s, next)); err != nil {
		return workloadError(err)
	}
	return nil
}

func (r *Reconciler) workload(s *scope, stored storage.Manifest) apiservice.Registry {
	w := apiservice.Registry{
		Namespace: s.owner.Namespace, Name: s.owner.Name, UID: s.owner.UID,
		Image: r.Workload.Image, ImagePullPolicy: corev1.PullPolicy(r.Workload.PullPolicy),
		ImagePullSecrets: r.Workload.PullSecrets,
		PodTemplate:      s.object.Spec.PodTemplateSpec,
		ContentBytes:     stored.Size,
		Access:           s.access,
		Proxy:            r.Workload.Proxy,
	}
	if api := s.object.Spec.API; api != nil {
		w.Replicas = api.Replicas
	}
	for _, chunks := range [][]storage.Chunk{stored.Chunks, stored.Previous} {
		for _, c := range chunks {
			w.ChunkNames = append(w.ChunkNames, c.Name)
		}
	}
	return w
}

// ownDeployment returns the API Deployment if there is one and it is ours, so
// that status tells the truth about it also while it cannot be applied.
func (r *Reconciler) ownDeployment(ctx context.Context, s *scope) *appsv1.Deployment {
	var d appsv1.Deployment
	if err := r.Client.Get(ctx, apiKey(client.ObjectKeyFromObject(s.object)), &d); err != nil || !isControlledBy(&d, s.object) {
		return nil
	}
	return &d
}

// apiKey is that of the API service's objects of the registry at key.
func apiKey(key client.ObjectKey) client.ObjectKey {
	return client.ObjectKey{Namespace: key.Namespace, Name: v1alpha1.APIName(key.Name)}
}

func workloadError(err error) error {
	var template *apiservice.TemplateError
	var classified *fault.Error
	switch {
	case errors.As(err, &classified):
		return err
	case errors.As(err, &template):
		return fault.NewTerminal(v1alpha1.ReasonInvalidPodTemplateSpec, err)
	case errors.Is(err, apiservice.ErrConflict):
		return fault.NewTerminal(v1alpha1.ReasonNameConflict, err)
	}
	return fault.NewRetry(v1alpha1.ReasonAPIFailed, fmt.Errorf("applying the API service: %w", err))
}
