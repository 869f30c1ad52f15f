package v1alpha1

// SourceTypeOCI is an artifact in a container registry.
const SourceTypeOCI = "oci"

// KeyCosignPublic is the key of a Secret with the public keys that artifacts must be
// signed with.
const KeyCosignPublic = "cosign.pub"

// OCISource is a registry file in an artifact of a container registry, for example
// one that oras or docker has pushed. Connections are always encrypted.
type OCISource struct {
	// Reference is the artifact as host[:port]/repository with a :tag or a
	// @sha256:digest, for example ghcr.io/acme/mcp-registry:v1. With both, the digest
	// counts. The host must be there, as docker.io for Docker Hub. A tag is looked up
	// at each sync; a digest never leads to something else and is read once.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^(localhost|[a-zA-Z0-9\[][-a-zA-Z0-9\[\]]*[.:][-a-zA-Z0-9.:\[\]]*)/[a-z0-9]+([._/-]+[a-z0-9]+)*(:[a-zA-Z0-9_][-a-zA-Z0-9._]{0,127})?(@sha256:[a-f0-9]{64})?$`
	// +kubebuilder:validation:XValidation:rule="self.matches('/.*[:@]')",message="source.oci.reference needs a tag or a digest; write host/repository:tag or host/repository@sha256:digest"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Reference"
	Reference string `json:"reference"`

	// Path of the registry file: the title of a layer, or the name of a file in a layer
	// that is a tar archive, with or without gzip. Without it, it is the only layer of
	// the artifact, or registry.json.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('/') && !self.split('/').exists(p, p == '..')",message="source.oci.path must be relative to the artifact's root and must not contain '..'"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Path"
	Path string `json:"path,omitempty"`

	// SecretRef names a Secret with what it takes to pull the artifact: a pull secret
	// (.dockerconfigjson), username and password, or bearerToken to log in, ca.crt for a
	// private certificate authority, tls.crt and tls.key for a client certificate. It
	// is read anew at each sync.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Secret"
	SecretRef *LocalSecretReference `json:"secretRef,omitempty"`

	// Verify asks for a signature. An artifact that is not signed, or with another key,
	// is not stored.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Verify"
	Verify *OCIVerification `json:"verify,omitempty"`
}

// OCIVerification says who must have signed an artifact with cosign. Neither a
// transparency log nor a certificate authority is asked.
type OCIVerification struct {
	// SecretRef names a Secret whose key cosign.pub holds one or more public keys in
	// PEM, as cosign generate-key-pair writes them. Any of them may have signed. When the
	// keys change, what is stored is verified anew.
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Secret"
	SecretRef LocalSecretReference `json:"secretRef"`
}
