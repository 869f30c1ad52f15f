package v1alpha1

// APITLS makes the API service speak HTTPS instead of HTTP.
type APITLS struct {
	// SecretName names a Secret of type kubernetes.io/tls in the registry's
	// namespace: the certificate chain in tls.crt and its key in tls.key, both
	// PEM, as cert-manager writes them. The certificate has to be valid for the
	// name that clients use, for example <registry>-api.<namespace>.svc. A changed
	// Secret is served within about two minutes, without a restart. The API
	// service starts when the Secret exists.
	// Example: team-tls
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Secret",xDescriptors={"urn:alm:descriptor:io.kubernetes:Secret"}
	SecretName string `json:"secretName"`
}

// APIAuth lets only clients with a valid bearer token read the registry.
//
// +kubebuilder:validation:XValidation:rule="self.type == 'oidc' ? has(self.oidc) : true",message="api.auth.oidc is required when api.auth.type is 'oidc'; add it with issuerURL and audience"
// +kubebuilder:validation:XValidation:rule="self.type != 'oidc' ? !has(self.oidc) : true",message="api.auth.oidc may only be set when api.auth.type is 'oidc'; remove it or change the type"
// +kubebuilder:validation:XValidation:rule="self.type != 'tokenReview' ? !has(self.tokenReview) : true",message="api.auth.tokenReview may only be set when api.auth.type is 'tokenReview'; remove it or change the type"
type APIAuth struct {
	// Type is how tokens are checked: oidc (signed by an OpenID Connect issuer,
	// for people and machines) or tokenReview (by this cluster's Kubernetes API,
	// for Pods and everybody who can log in to the cluster). tokenReview needs
	// tokenReview.enabled=true in the values of the operator's chart.
	// +kubebuilder:validation:Enum=oidc;tokenReview
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Type",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:select:oidc","urn:alm:descriptor:com.tectonic.ui:select:tokenReview"}
	Type string `json:"type"`

	// OIDC says whose tokens are accepted. Required with type oidc.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="OIDC"
	OIDC *OIDCAuth `json:"oidc,omitempty"`

	// TokenReview narrows down which tokens are accepted. Only with type tokenReview.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Token Review"
	TokenReview *TokenReviewAuth `json:"tokenReview,omitempty"`

	// Resource is the public URL of this registry, as clients know it. It is told
	// to clients that look for where to get a token (RFC 9728), in the
	// WWW-Authenticate header and below /.well-known/oauth-protected-resource. By
	// default it is put together from the Host header of the request, with https
	// when spec.api.tls is set and http otherwise; X-Forwarded headers are not
	// believed. Set it when clients come through a gateway that terminates TLS or
	// changes the path.
	// Example: https://mcp.example.com/registries/team
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Resource"
	Resource string `json:"resource,omitempty"`
}

// Types of authentication.
const (
	AuthTypeOIDC        = "oidc"
	AuthTypeTokenReview = "tokenReview"
)

// OIDCAuth accepts the JSON Web Tokens of one OpenID Connect issuer.
type OIDCAuth struct {
	// IssuerURL is the issuer exactly as its tokens name it in "iss". Its keys are
	// found by discovery, at <issuerURL>/.well-known/openid-configuration, and
	// found again when it rotates them. While the issuer has not been reached yet,
	// requests are answered 503.
	// Example: https://login.example.com/realms/team
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Issuer URL"
	IssuerURL string `json:"issuerURL"`

	// Audience that a token must name in "aud". Tokens for other services are
	// refused.
	// Example: mcp-registry
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Audience"
	Audience string `json:"audience"`

	// CASecretRef names a Secret in the registry's namespace whose key ca.crt holds
	// the certificate authorities to trust for the issuer, as PEM. By default those
	// of the operator's image are trusted.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="CA Secret"
	CASecretRef *CASecretReference `json:"caSecretRef,omitempty"`

	// Scopes that clients should ask the issuer for. They are told to clients and
	// not checked.
	// Example: ["openid"]
	// +optional
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:items:Pattern=`^[!#-+\--\[\]-~]+$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Scopes"
	Scopes []string `json:"scopes,omitempty"`
}

// CASecretReference names a Secret with the key ca.crt.
type CASecretReference struct {
	// Name of the Secret, in the registry's namespace.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Name",xDescriptors={"urn:alm:descriptor:io.kubernetes:Secret"}
	Name string `json:"name"`
}

// TokenReviewAuth accepts the tokens that this cluster's Kubernetes API accepts.
type TokenReviewAuth struct {
	// Audiences of which a token must name at least one. By default it must be one
	// of the Kubernetes API itself, which means that clients hand the registry a
	// token that would also open the Kubernetes API: better name an audience of
	// your own and have Pods mount a token for it.
	// Example: ["mcp-registry"]
	// +optional
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=1024
	// +kubebuilder:validation:items:Pattern=`^[^,\s]+$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Audiences"
	Audiences []string `json:"audiences,omitempty"`
}

// APIRateLimit bounds how many requests one client may send. A client is an
// IPv4 address or an IPv6 network of 64 bits. What is beyond the limit is
// answered 429 with Retry-After. Every API Pod counts for itself.
//
// +kubebuilder:validation:XValidation:rule="!has(self.burst) || self.burst >= self.requestsPerSecond",message="api.rateLimit.burst must be at least api.rateLimit.requestsPerSecond; raise it or remove it"
type APIRateLimit struct {
	// RequestsPerSecond that a client may send on average, from 1 to 100000.
	// Example: 20
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Requests per Second"
	RequestsPerSecond int32 `json:"requestsPerSecond"`

	// Burst is how many requests a client may send at once after a pause. Default
	// is twice requestsPerSecond.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Burst"
	Burst int32 `json:"burst,omitempty"`

	// TrustedProxies are the networks of the proxies in front of the API service.
	// From their addresses, and only from these, the X-Forwarded-For header is
	// believed; by default the address of the connection is the client. Behind an
	// ingress controller, all clients count as one without this.
	// Example: ["10.244.0.0/16"]
	// +optional
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.all(p, p.matches('^[0-9a-fA-F.:]+/[0-9]{1,3}$'))",message="api.rateLimit.trustedProxies must be networks like 10.0.0.0/8 or fd00::/8; write a single address as 10.1.2.3/32"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Trusted Proxies"
	TrustedProxies []string `json:"trustedProxies,omitempty"`
}
