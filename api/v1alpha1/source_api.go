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
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Endpoint"
	Endpoint string `json:"endpoint"`

	// SecretRef names a Secret with what it takes to read the registry: username and
	// password or bearerToken to log in, ca.crt for a private certificate
	// authority, tls.crt and tls.key for a client certificate. It is read anew at
	// each sync.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Secret"
	SecretRef *LocalSecretReference `json:"secretRef,omitempty"`
}
