package apiservice

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// renderAccess renders only what lets the pods read, which does not depend on
// the podTemplateSpec and therefore cannot be wrong.
func renderAccess(r Registry) ([]client.Object, error) {
	objects := []client.Object{serviceAccount(r), role(r), roleBinding(r)}
	return objects, stampAll(objects)
}

// serviceAccount has no imagePullSecrets: the list is atomic, so even an empty
// one would remove what the platform put there. They are the pod template's.
func serviceAccount(r Registry) *corev1.ServiceAccount {
	return &corev1.ServiceAccount{
		TypeMeta:                     metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
		ObjectMeta:                   meta(r),
		AutomountServiceAccountToken: new(false), // the pods ask for it themselves
	}
}

// role allows what the pods need and no more: a watch of one object by its name
// is authorised by resourceNames, a list would not be.
func role(r Registry) *rbacv1.Role {
	names := append([]string{v1alpha1.StorageName(r.Name)}, r.ChunkNames...)
	slices.Sort(names)
	return &rbacv1.Role{
		TypeMeta:   metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "Role"},
		ObjectMeta: meta(r),
		Rules: []rbacv1.PolicyRule{{
			APIGroups:     []string{""},
			Resources:     []string{"configmaps"},
			ResourceNames: slices.Compact(names),
			Verbs:         []string{"get", "watch"},
		}, {
			// Only the status knows when the sources were last read.
			APIGroups:     []string{v1alpha1.GroupVersion.Group},
			Resources:     []string{"mcpregistries/status"},
			ResourceNames: []string{r.Name},
			Verbs:         []string{"get"},
		}},
	}
}

func roleBinding(r Registry) *rbacv1.RoleBinding {
	name := v1alpha1.APIName(r.Name)
	return &rbacv1.RoleBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "RoleBinding"},
		ObjectMeta: meta(r),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: r.Namespace, Name: name}},
	}
}
