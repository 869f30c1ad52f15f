package apiservice

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func guarded() Registry {
	r := testRegistry()
	r.Access = Access{
		TLSSecret: "tools-tls",
		OIDC: &OIDC{
			IssuerURL: "https://login.example.com/realms/team", Audience: "mcp-registry",
			CASecret: "issuer-ca", Scopes: []string{"openid", "registry"},
		},
		Resource:  "https://mcp.example.com/tools",
		RateLimit: &RateLimit{RequestsPerSecond: 10, Burst: 40, TrustedProxies: []string{"10.0.0.0/8", "fd00::/8"}},
	}
	return r
}

func TestTokenReviewArguments(t *testing.T) {
	r := testRegistry()
	r.Access.TokenReview = &TokenReview{}
	args := mustRender(t, r).Deployment.Spec.Template.Spec.Containers[0].Args
	require.Equal(t, []string{"--auth-type=tokenReview"}, args[3:], "what is not set is left to the program")
	r.Access.TokenReview.Audiences = []string{"a", "b"}
	args = mustRender(t, r).Deployment.Spec.Template.Spec.Containers[0].Args
	require.Contains(t, args, "--token-review-audiences=a,b")
}

func TestArgumentsAreNotExpanded(t *testing.T) {
	r := guarded()
	r.Access.OIDC.Audience = "$(MCP_REGISTRY_NAMESPACE)$"
	args := mustRender(t, r).Deployment.Spec.Template.Spec.Containers[0].Args
	require.Contains(t, args, "--oidc-audience=$$(MCP_REGISTRY_NAMESPACE)$$", "Kubernetes would put a variable there")
}

func TestProbesSpeakTLS(t *testing.T) {
	c := mustRender(t, guarded()).Deployment.Spec.Template.Spec.Containers[0]
	for _, p := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		require.Equal(t, corev1.URISchemeHTTPS, p.HTTPGet.Scheme)
	}
}

func TestGatesAreProtected(t *testing.T) {
	for name, c := range map[string]struct{ why, template, field string }{
		"another Secret": {
			why:      "the certificate is the one that spec.api.tls names",
			template: `{"spec":{"volumes":[{"name":"registry-tls","secret":{"secretName":"other"}}]}}`,
			field:    "spec.volumes[registry-tls]",
		},
		"another volume": {
			why:      "an empty folder would have to be a certificate",
			template: `{"spec":{"volumes":[{"name":"registry-oidc-ca","emptyDir":{}}]}}`,
			field:    "spec.volumes[registry-oidc-ca]",
		},
		"another mount": {
			why:      "a folder of somebody else's in place of ours",
			template: `{"spec":{"containers":[{"name":"registry-api","volumeMounts":[{"name":"x","mountPath":"/etc/mcp-registry/tls"}]}]}}`,
			field:    "volumeMounts[/etc/mcp-registry/tls]",
		},
		"mount over a file": {
			why:      "it would hide the file",
			template: `{"spec":{"containers":[{"name":"registry-api","volumeMounts":[{"name":"x","mountPath":"/etc/mcp-registry/oidc-ca/ca.crt"}]}]}}`,
			field:    "volumeMounts[/etc/mcp-registry/oidc-ca]",
		},
		"other arguments": {
			why:      "authentication could be turned off",
			template: `{"spec":{"containers":[{"name":"registry-api","args":["serve"]}]}}`,
			field:    "args",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := guarded()
			r.PodTemplate = withTemplate(c.template).PodTemplate
			_, err := Render(r)
			var template *TemplateError
			require.ErrorAs(t, err, &template, c.why)
			require.Contains(t, template.Field, c.field, c.why)
		})
	}
	r := guarded()
	r.PodTemplate = withTemplate(`{"spec":{"volumes":[{"name":"tmp","emptyDir":{}}],"containers":[{"name":"registry-api",
		"readinessProbe":{"periodSeconds":1},"volumeMounts":[{"name":"tmp","mountPath":"/etc/mcp-registry-more"}]}]}}`).PodTemplate
	_, err := Render(r)
	require.NoError(t, err, "what is not ours stays possible")
}
