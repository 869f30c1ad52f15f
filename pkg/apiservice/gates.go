package apiservice

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

// Access is how the pods are reached and by whom. The zero value is plain HTTP
// for everybody.
type Access struct {
	// TLSSecret names a Secret of type kubernetes.io/tls; the pods speak HTTPS with it.
	TLSSecret string
	// OIDC or TokenReview says whose tokens are accepted; at most one is set.
	OIDC        *OIDC
	TokenReview *TokenReview
	// Resource is the public URL of the API.
	Resource string
	// RateLimit bounds the requests of each client.
	RateLimit *RateLimit
}

// OIDC accepts the tokens of an OpenID Connect issuer.
type OIDC struct {
	IssuerURL, Audience string
	// CASecret names a Secret whose key ca.crt holds whom to trust for the issuer.
	CASecret string
	Scopes   []string
}

// TokenReview accepts the tokens that Kubernetes accepts.
type TokenReview struct {
	Audiences []string
}

// RateLimit bounds the requests of each client.
type RateLimit struct {
	RequestsPerSecond, Burst int32
	TrustedProxies           []string
}

const (
	// SecretKeyCA is the key of a CASecret.
	SecretKeyCA = "ca.crt"

	tlsVolume = "registry-tls"
	tlsDir    = "/etc/mcp-registry/tls"
	caVolume  = "registry-oidc-ca"
	caDir     = "/etc/mcp-registry/oidc-ca"
)

// args are the arguments of "serve". There is nothing secret in them.
func (a Access) args() []string {
	var flags arguments
	if a.TLSSecret != "" {
		flags.add("tls-dir", tlsDir)
	}
	switch {
	case a.OIDC != nil:
		flags.add("auth-type", "oidc")
		flags.add("oidc-issuer-url", a.OIDC.IssuerURL)
		flags.add("oidc-audience", a.OIDC.Audience)
		flags.add("oidc-scopes", a.OIDC.Scopes...)
		if a.OIDC.CASecret != "" {
			flags.add("oidc-ca-file", caDir+"/"+SecretKeyCA)
		}
	case a.TokenReview != nil:
		flags.add("auth-type", "tokenReview")
		flags.add("token-review-audiences", a.TokenReview.Audiences...)
	}
	flags.add("auth-resource", a.Resource)
	if l := a.RateLimit; l != nil {
		flags.add("rate-limit", strconv.Itoa(int(l.RequestsPerSecond)))
		if l.Burst > 0 {
			flags.add("rate-limit-burst", strconv.Itoa(int(l.Burst)))
		}
		flags.add("trusted-proxies", l.TrustedProxies...)
	}
	return flags
}

type arguments []string

// add adds a flag, unless its value is empty. Kubernetes replaces $(NAME) in
// arguments; a doubled dollar keeps what the user wrote.
func (a *arguments) add(name string, values ...string) {
	if value := strings.Join(values, ","); value != "" {
		*a = append(*a, "--"+name+"="+literal(value))
	}
}

func (a Access) scheme() corev1.URIScheme {
	if a.TLSSecret != "" {
		return corev1.URISchemeHTTPS
	}
	return "" // Kubernetes' default, HTTP
}

// volumes are the mounted Secrets. They name keys, so that a Pod waits for a
// Secret that lacks one instead of failing.
func (a Access) volumes() []corev1.Volume {
	var volumes []corev1.Volume
	if a.TLSSecret != "" {
		volumes = append(volumes, secretVolume(tlsVolume, a.TLSSecret, corev1.TLSCertKey, corev1.TLSPrivateKeyKey))
	}
	if a.OIDC != nil && a.OIDC.CASecret != "" {
		volumes = append(volumes, secretVolume(caVolume, a.OIDC.CASecret, SecretKeyCA))
	}
	return volumes
}

func secretVolume(name, secret string, keys ...string) corev1.Volume {
	source := &corev1.SecretVolumeSource{SecretName: secret}
	for _, key := range keys {
		source.Items = append(source.Items, corev1.KeyToPath{Key: key, Path: key})
	}
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{Secret: source}}
}

func (a Access) mounts() []corev1.VolumeMount {
	var mounts []corev1.VolumeMount
	for _, volume := range a.volumes() {
		dir := map[string]string{tlsVolume: tlsDir, caVolume: caDir}[volume.Name]
		mounts = append(mounts, corev1.VolumeMount{Name: volume.Name, MountPath: dir, ReadOnly: true})
	}
	return mounts
}

// volumeRules: our volumes are as we made them.
func volumeRules(want, got []corev1.Volume) []rule {
	var rules []rule
	for _, volume := range want {
		kept := slices.ContainsFunc(got, func(v corev1.Volume) bool { return equality.Semantic.DeepEqual(v, volume) })
		rules = append(rules, rule{fmt.Sprintf("spec.volumes[%s]", volume.Name), kept, remedyWiring})
	}
	return rules
}

// mountRules: our mounts are as we made them, and nothing else is mounted over
// or below one.
func mountRules(field string, want, got []corev1.VolumeMount) []rule {
	var rules []rule
	for _, mount := range want {
		kept := slices.ContainsFunc(got, func(m corev1.VolumeMount) bool { return equality.Semantic.DeepEqual(m, mount) })
		covered := slices.ContainsFunc(got, func(m corev1.VolumeMount) bool {
			return strings.HasPrefix(path.Clean(m.MountPath), mount.MountPath+"/")
		})
		rules = append(rules, rule{fmt.Sprintf("%s.volumeMounts[%s]", field, mount.MountPath), kept && !covered, remedyWiring})
	}
	return rules
}
