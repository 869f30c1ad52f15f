package apiservice

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

const (
	// AnnotationRenderedHash is on every object of the workload: a hash of what was
	// rendered. A field that is no longer rendered still is on the live object,
	// where nothing tells it from a field that somebody else added; the hash does.
	AnnotationRenderedHash = "toolhive.stacklok.dev/rendered-hash"

	ownerAPIVersion = "toolhive.stacklok.dev/v1alpha1"
	ownerKind       = "MCPRegistry"
	appName         = "mcp-registry-api"
)

// Registry is what the workload of one registry depends on.
type Registry struct {
	Namespace, Name string
	// UID is the MCPRegistry's; it tells our objects from others of the same name.
	UID types.UID
	// Image is the operator's own image: both are always of one version.
	Image            string
	ImagePullPolicy  corev1.PullPolicy
	ImagePullSecrets []corev1.LocalObjectReference
	// Replicas is left out of the Deployment when nil, for an autoscaler to own;
	// Kubernetes' default is then 1.
	Replicas *int32
	// PodTemplate is the user's podTemplateSpec, merged over what is rendered.
	PodTemplate *runtime.RawExtension
	// ContentBytes is the size of the stored content before compression.
	ContentBytes int64
	// ChunkNames are the ConfigMaps that the pods may read besides the pointer.
	// Order and repetition do not matter.
	ChunkNames []string
	// Access is how the pods are reached and by whom.
	Access Access
	// Proxy is how the pods reach an issuer out of the cluster.
	Proxy Proxy
}

// Objects is the workload of one registry.
type Objects struct {
	ServiceAccount *corev1.ServiceAccount
	Role           *rbacv1.Role
	RoleBinding    *rbacv1.RoleBinding
	Deployment     *appsv1.Deployment
	Service        *corev1.Service
}

// InOrder lists the objects so that each comes after those that it refers to.
func (o Objects) InOrder() []client.Object {
	return []client.Object{o.ServiceAccount, o.Role, o.RoleBinding, o.Deployment, o.Service}
}

// Render returns the workload of r. A podTemplateSpec that cannot be used is
// a [*TemplateError].
func Render(r Registry) (Objects, error) {
	template, err := podTemplate(r)
	if err != nil {
		return Objects{}, err
	}
	objects := Objects{
		ServiceAccount: serviceAccount(r),
		Role:           role(r),
		RoleBinding:    roleBinding(r),
		Deployment:     deployment(r, template),
		Service:        service(r),
	}
	return objects, stampAll(objects.InOrder())
}

// Endpoint is the URL at which the registry's API is reached inside the cluster.
func Endpoint(r Registry) string {
	scheme := "http"
	if r.Access.TLSSecret != "" {
		scheme = "https"
	}
	return fmt.Sprintf("%s://%s.%s.svc.cluster.local:%d", scheme, v1alpha1.APIName(r.Name), r.Namespace, v1alpha1.APIPort)
}

func meta(r Registry) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: r.Namespace,
		Name:      v1alpha1.APIName(r.Name),
		Labels:    labels(r),
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion:         ownerAPIVersion,
			Kind:               ownerKind,
			Name:               r.Name,
			UID:                r.UID,
			Controller:         new(true),
			BlockOwnerDeletion: new(true),
		}},
	}
}

func labels(r Registry) map[string]string {
	all := selector(r)
	all["app.kubernetes.io/name"] = appName
	all["app.kubernetes.io/instance"] = r.Name
	return all
}

// selector never changes: a Deployment's selector is immutable, and one more
// label here would make every upgrade fail.
func selector(r Registry) map[string]string {
	return map[string]string{
		v1alpha1.LabelRegistry:  r.Name,
		v1alpha1.LabelManagedBy: v1alpha1.ManagedBy,
		v1alpha1.LabelComponent: v1alpha1.ComponentAPI,
	}
}

func stampAll(objects []client.Object) error {
	for _, object := range objects {
		if err := stamp(object); err != nil {
			return err
		}
	}
	return nil
}

func stamp(object client.Object) error {
	raw, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("hash %s: %w", describe(object), err)
	}
	sum := sha256.Sum256(raw)
	object.SetAnnotations(map[string]string{AnnotationRenderedHash: hex.EncodeToString(sum[:8])})
	return nil
}

func describe(object client.Object) string {
	kind := object.GetObjectKind().GroupVersionKind().Kind
	return fmt.Sprintf("%s %s/%s", kind, object.GetNamespace(), object.GetName())
}
