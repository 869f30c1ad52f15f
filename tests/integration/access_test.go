package integration

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	authenticationv1 "k8s.io/client-go/kubernetes/typed/authentication/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/controllers/tokenreview"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/auth"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

const audience = "mcp-registry"

func reviewed() *v1alpha1.API {
	return &v1alpha1.API{Auth: &v1alpha1.APIAuth{
		Type: v1alpha1.AuthTypeTokenReview, TokenReview: &v1alpha1.TokenReviewAuth{Audiences: []string{audience}},
	}}
}

// accessSpecs are specs of how an API is reached and by whom.
func accessSpecs() map[string]admission {
	oidc := func(change func(*v1alpha1.OIDCAuth)) func(*v1alpha1.MCPRegistry) {
		return func(r *v1alpha1.MCPRegistry) {
			o := &v1alpha1.OIDCAuth{IssuerURL: "https://login.example.com/realms/a", Audience: audience, Scopes: []string{"openid"}}
			change(o)
			r.Spec.API = &v1alpha1.API{Auth: &v1alpha1.APIAuth{Type: v1alpha1.AuthTypeOIDC, OIDC: o}}
		}
	}
	api := func(a v1alpha1.API) func(*v1alpha1.MCPRegistry) {
		return func(r *v1alpha1.MCPRegistry) { r.Spec.API = &a }
	}
	limited := func(l v1alpha1.APIRateLimit) func(*v1alpha1.MCPRegistry) { return api(v1alpha1.API{RateLimit: &l}) }
	return map[string]admission{
		"oidc":                 {why: "the others differ from it", change: oidc(func(*v1alpha1.OIDCAuth) {})},
		"token review":         {why: "another good one", change: api(*reviewed())},
		"bare token review":    {why: "its block has only options", change: api(v1alpha1.API{Auth: &v1alpha1.APIAuth{Type: v1alpha1.AuthTypeTokenReview}})},
		"issuer over http":     {why: "anybody on the way could sign tokens", change: oidc(func(o *v1alpha1.OIDCAuth) { o.IssuerURL = "http://login.example.com" }), want: "spec.api.auth.oidc.issuerURL"},
		"issuer with a query":  {why: "discovery appends to it", change: oidc(func(o *v1alpha1.OIDCAuth) { o.IssuerURL += "?a=b" }), want: "spec.api.auth.oidc.issuerURL"},
		"no audience":          {why: "any token of the issuer would do", change: oidc(func(o *v1alpha1.OIDCAuth) { o.Audience = "" }), want: "spec.api.auth.oidc.audience"},
		"two scopes in one":    {why: "a comma parts them", change: oidc(func(o *v1alpha1.OIDCAuth) { o.Scopes = []string{"a,b"} }), want: "spec.api.auth.oidc.scopes"},
		"oidc without a block": {why: "there is no issuer", change: api(v1alpha1.API{Auth: &v1alpha1.APIAuth{Type: v1alpha1.AuthTypeOIDC}}), want: "api.auth.oidc is required"},
		"unknown type":         {why: "a typing error must not open the registry", change: api(v1alpha1.API{Auth: &v1alpha1.APIAuth{Type: "basic"}}), want: "spec.api.auth.type"},
		"both blocks": {why: "one of them would be silently ignored", change: func(r *v1alpha1.MCPRegistry) {
			oidc(func(*v1alpha1.OIDCAuth) {})(r)
			r.Spec.API.Auth.TokenReview = &v1alpha1.TokenReviewAuth{}
		}, want: "api.auth.tokenReview may only be set"},
		"block of the other type": {why: "it would be silently ignored", change: func(r *v1alpha1.MCPRegistry) {
			oidc(func(*v1alpha1.OIDCAuth) {})(r)
			r.Spec.API.Auth.Type = v1alpha1.AuthTypeTokenReview
		}, want: "api.auth.oidc may only be set"},
		"resource": {why: "a gateway's URL", change: func(r *v1alpha1.MCPRegistry) {
			r.Spec.API = reviewed()
			r.Spec.API.Auth.Resource = "https://mcp.example.com/registries/team"
		}},
		"resource with quotes": {why: "it must not break out of a header", change: func(r *v1alpha1.MCPRegistry) {
			r.Spec.API = reviewed()
			r.Spec.API.Auth.Resource = `https://mcp.example.com/"x`
		}, want: "spec.api.auth.resource"},
		"nameless Secret": {why: "there is nothing to mount", change: api(v1alpha1.API{TLS: &v1alpha1.APITLS{}}), want: "spec.api.tls.secretName"},
		"limit":           {why: "a good one", change: limited(v1alpha1.APIRateLimit{RequestsPerSecond: 5, Burst: 5, TrustedProxies: []string{"10.0.0.0/8", "fd00::/8"}})},
		"limit of none":   {why: "it would be an outage", change: limited(v1alpha1.APIRateLimit{}), want: "spec.api.rateLimit.requestsPerSecond"},
		"small burst":     {why: "the rate could never be reached", change: limited(v1alpha1.APIRateLimit{RequestsPerSecond: 5, Burst: 4}), want: "api.rateLimit.burst must be at least"},
		"proxy by name":   {why: "names are not resolved", change: limited(v1alpha1.APIRateLimit{RequestsPerSecond: 5, TrustedProxies: []string{"ingress"}}), want: "api.rateLimit.trustedProxies must be networks"},
	}
}

// tlsSecret: a Pod that waits for a Secret does not say so, but the registry
// does, and nothing has to be asked again when the Secret comes.
func tlsSecret(t *testing.T, w *world) {
	ns := w.namespace(t)
	r := fixture.FromConfigMap(ns, "team")
	r.Spec.API = &v1alpha1.API{TLS: &v1alpha1.APITLS{SecretName: "team-tls"}}
	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one")), r)
	setTemplate(t, w, r, `{"metadata":{"annotations":{"`+cluster.Unready+`":"true"}}}`)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSecret)
	for _, word := range []string{"spec.api.tls.secretName", `"team-tls"`, "does not exist"} {
		require.Contains(t, r.Status.Message, word)
	}
	chain, key := fixture.Certificate(t, "team-api."+ns+".svc")
	other, _ := fixture.Certificate(t, "team-api."+ns+".svc")
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "team-tls"}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{corev1.TLSCertKey: other, corev1.TLSPrivateKeyKey: key},
	}
	w.Create(t, secret)
	w.poke(t, r)
	w.says(t, r, "tls.crt and tls.key")
	require.NotContains(t, r.Status.Message, "BEGIN", "no part of a Secret is repeated")

	cluster.Edit(t, w.Cluster, secret, func(s *corev1.Secret) { s.Data[corev1.TLSCertKey] = chain })
	setTemplate(t, w, r, `{"metadata":{"annotations":{"good":"true"}}}`) // what the kubelet does by itself
	w.Ready(t, r)
	require.Equal(t, "https://team-api."+ns+".svc.cluster.local:8080", r.Status.APIStatus.Endpoint)
	service := &corev1.Service{ObjectMeta: apiMeta(r)}
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(service), service))
	require.Equal(t, "http", service.Spec.Ports[0].Name, "another name would have no endpoints for a moment")
	require.Equal(t, "https", *service.Spec.Ports[0].AppProtocol)

	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.API.TLS = nil })
	w.Ready(t, r)
	require.True(t, strings.HasPrefix(r.Status.APIStatus.Endpoint, "http://"))
	service = &corev1.Service{ObjectMeta: apiMeta(r)}
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(service), service))
	require.Len(t, service.Spec.Ports, 1)
	require.Equal(t, "http", service.Spec.Ports[0].Name)
	require.Nil(t, service.Spec.Ports[0].AppProtocol, "what is no longer meant is gone")
}

func (w *world) says(t *testing.T, r *v1alpha1.MCPRegistry, what string) {
	t.Helper()
	cluster.Eventually(t, "status to say "+what, func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(r), r); err != nil {
			return err
		}
		if !strings.Contains(r.Status.Message, what) {
			return errors.New(r.Status.Message)
		}
		return nil
	})
}

// tokenReviewed: real tokens of real service accounts, reviewed with exactly the
// rights that an API service has.
func tokenReviewed(t *testing.T, w *world) {
	ns := w.namespace(t)
	r := fixture.FromConfigMap(ns, "team")
	r.Spec.API = reviewed()
	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one")), r)
	w.Ready(t, r)
	caller := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "caller"}}
	w.Create(t, caller)
	good, other := w.Token(t, ns, "caller", audience), w.Token(t, ns, "caller", "another-service")

	gate := w.gate(t, r.Namespace, v1alpha1.APIName(r.Name))
	cluster.Eventually(t, "the right to review", func(context.Context) error {
		if status := check(gate, good); status != http.StatusOK {
			return fmt.Errorf("status %d", status)
		}
		return nil
	})
	require.Equal(t, http.StatusUnauthorized, check(gate, other), "a token for another service must not open this one")
	require.Equal(t, http.StatusUnauthorized, check(gate, "nonsense"))
	require.Equal(t, http.StatusServiceUnavailable, check(w.gate(t, ns, "caller"), good), "without the right nobody is let in")

	require.NoError(t, w.Client.Delete(t.Context(), caller))
	cluster.Eventually(t, "the token of a deleted account to be refused", func(context.Context) error {
		if status := check(w.gate(t, r.Namespace, v1alpha1.APIName(r.Name)), good); status != http.StatusUnauthorized {
			return fmt.Errorf("status %d", status)
		}
		return nil
	})
}

// gate is that of an API service that runs as this service account.
func (w *world) gate(t *testing.T, namespace, account string) *auth.Gate {
	t.Helper()
	config := rest.CopyConfig(w.Config)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: fmt.Sprintf("system:serviceaccount:%s:%s", namespace, account),
		Groups:   []string{"system:serviceaccounts", "system:authenticated"},
	}
	reviews, err := authenticationv1.NewForConfig(config)
	require.NoError(t, err)
	return &auth.Gate{Verifier: auth.Remember(auth.NewReviewer(reviews.TokenReviews(), []string{audience}))}
}

func check(gate *auth.Gate, token string) int {
	r := httptest.NewRequest(http.MethodGet, "/v0.1/servers", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	if refusal := gate.Check(r); refusal != nil {
		return refusal.Status
	}
	return http.StatusOK
}

// whoMayReview: exactly the API services that have to may review tokens.
func whoMayReview(t *testing.T, w *world) {
	_, r := w.synced(t, "one")
	subject := tokenreview.Subject(r)
	may := func(want bool) {
		t.Helper()
		cluster.Eventually(t, fmt.Sprintf("%s may review: %t", subject.Namespace, want), func(ctx context.Context) error {
			subjects, err := w.reviewers(ctx)
			if err == nil && slices.Contains(subjects, subject) != want {
				err = fmt.Errorf("subjects %v", subjects)
			}
			return err
		})
	}
	may(false)
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.API = reviewed() })
	may(true)
	w.Ready(t, r)

	stranger := rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: r.Namespace, Name: "stranger"}
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: reviewing}}
	cluster.Edit(t, w.Cluster, binding, func(b *rbacv1.ClusterRoleBinding) { b.Subjects = []rbacv1.Subject{stranger} })
	may(true)
	subjects, err := w.reviewers(t.Context())
	require.NoError(t, err)
	require.NotContains(t, subjects, stranger)

	require.NoError(t, w.Client.Delete(t.Context(), binding))
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonTokenReviewDisabled)
	require.Contains(t, r.Status.Message, "tokenReview.enabled=true")
	fresh := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: reviewing}, RoleRef: binding.RoleRef}
	w.Create(t, fresh)
	w.Ready(t, r)
	may(true)

	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.API = nil })
	may(false)
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.API = reviewed() })
	may(true)
	require.NoError(t, w.Client.Delete(t.Context(), r))
	may(false)
}

func (w *world) reviewers(ctx context.Context) ([]rbacv1.Subject, error) {
	var binding rbacv1.ClusterRoleBinding
	err := w.Client.Get(ctx, client.ObjectKey{Name: reviewing}, &binding)
	return binding.Subjects, err
}

// accessNotUnderstood: when a part of the access cannot be understood, no part
// of it is applied, or a registry could be open that was meant to be closed.
func accessNotUnderstood(t *testing.T, w *world) {
	_, r := w.synced(t, "one")
	deployment := apiDeployment(r)
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(deployment), deployment))
	generation := deployment.Generation
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Spec.API = &v1alpha1.API{TLS: &v1alpha1.APITLS{SecretName: "x"}, RateLimit: &v1alpha1.APIRateLimit{
			RequestsPerSecond: 1, TrustedProxies: []string{"10.0.0.0/99"},
		}}
	})
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSpec)
	require.Contains(t, r.Status.Message, "spec.api.rateLimit.trustedProxies")
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(deployment), deployment))
	require.Equal(t, generation, deployment.Generation)
}
