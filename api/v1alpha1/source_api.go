package v1alpha1

// SourceTypeAPI is another registry, read through the MCP Registry API.
const SourceTypeAPI = "api"

// APISource is another registry that speaks the MCP Registry API: a public one,
// a company's, or one of this operator. All versions of all its servers are
// mirrored, with their status: what it marks as deprecated or deleted is so here.
type APISource struct {
	// Endpoint is the URL below which /v0.1/servers (or, for older registries,
	// /v0/servers) lies, for example https://registry.modelcontextprotocol.io.
	// Plain http needs the operator's --allow-http. A large registry needs time:
	// the public one has almost 2,000 pages, so set syncPolicy.timeout to 30m.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://[^/?#@]+(/[^?#]*)?$`
	Endpoint string `json:"endpoint"`

	// SecretRef names a Secret with username and password, or with bearerToken, to
	// log in with, and with ca.crt for a private certificate authority; each of
	// them may stand alone. It is read anew at each sync.
	// +optional
	SecretRef *LocalSecretReference `json:"secretRef,omitempty"`
}
