package v1alpha1

// MaxSources is how many sources one registry may have. All of them are read at
// the same time.
const MaxSources = 20

// NamedSource is one of several sources of a registry.
type NamedSource struct {
	// Name of the source: a DNS label, unique within the registry. Status, events
	// and conflicts name it. The last good data of the source is kept under this
	// name, so that a renamed source is a new one.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:XValidation:rule="!self.matches('-[0-9a-f]{8}-[0-9]+$')",message="a source's name must not end like the name of a stored chunk, as in -0123abcd-0; choose another name"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Name"
	Name string `json:"name"`

	Source `json:",inline"`

	// Filter says which entries of this source are let through. It is applied
	// before the registry's own filter, and an entry must pass both.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Filter"
	Filter *Filter `json:"filter,omitempty"`
}
