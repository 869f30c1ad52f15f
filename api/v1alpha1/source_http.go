package v1alpha1

// SourceTypeHTTP is a registry file at a URL.
const SourceTypeHTTP = "http"

// HTTPSource is a registry file at a URL. Where the server names a state of the
// file (ETag or Last-Modified), an unchanged one is not sent again.
type HTTPSource struct {
	// URL of the file, for example https://example.com/mcp/registry.json. Plain
	// http needs the operator's --allow-http.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://[^/?#@]+(/[^#]*)?$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="URL"
	URL string `json:"url"`

	// SHA256 of the file, as 64 hexadecimal digits. A file with another one is not
	// stored. Without it, the file may change.
	// Example: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
	// +optional
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{64}$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="SHA-256"
	SHA256 string `json:"sha256,omitempty"`

	// SecretRef names a Secret with what it takes to read the file: username and
	// password or bearerToken to log in, ca.crt for a private certificate
	// authority, tls.crt and tls.key for a client certificate. It is read anew at
	// each sync.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Secret"
	SecretRef *LocalSecretReference `json:"secretRef,omitempty"`
}
