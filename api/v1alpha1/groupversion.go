package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of this API.
var GroupVersion = schema.GroupVersion{Group: "toolhive.stacklok.dev", Version: "v1alpha1"}

// Kind is the kind of the registry resource.
const Kind = "MCPRegistry"

// AddToScheme registers this API's types with a scheme.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion, &MCPRegistry{}, &MCPRegistryList{})
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}
