// Package v1alpha1 is the API of the operator: the MCPRegistry resource, its
// conditions and reasons, and the names, labels and annotations that people
// may rely on. It imports nothing but apimachinery.
//
// +kubebuilder:object:generate=true
// +groupName=toolhive.stacklok.dev
package v1alpha1
