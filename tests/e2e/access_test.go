package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

const audience = "mcp-registry"

// protectedRegistry: a registry over TLS that only tokens of this cluster open.
// Its certificate is renewed without a restart, and its right to review tokens
// goes when it goes.
func protectedRegistry(t *testing.T, w *world) {
	ns := w.namespace(t, "protected")
	r := fixture.FromConfigMap(ns, "team")
	r.Spec.API = &v1alpha1.API{
		TLS:  &v1alpha1.APITLS{SecretName: "team-tls"},
		Auth: &v1alpha1.APIAuth{Type: v1alpha1.AuthTypeTokenReview, TokenReview: &v1alpha1.TokenReviewAuth{Audiences: []string{audience}}},
	}
	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one")), r)
	w.Condition(t, r, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonTokenReviewDisabled)
	t.Logf("by default: %s", r.Status.Message)

	w.upgradeForStory(t, map[string]any{"tokenReview": map[string]any{"enabled": true}})
	w.Condition(t, r, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonInvalidSecret)
	t.Logf("without a certificate: %s", r.Status.Message)

	host := "team-api." + ns + ".svc"
	chain, key := fixture.Certificate(t, host)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "team-tls"}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{corev1.TLSCertKey: chain, corev1.TLSPrivateKeyKey: key},
	}
	w.Create(t, secret)
	t.Logf("Ready %s after the Secret was made", w.Ready(t, r))
	require.Equal(t, fmt.Sprintf("https://%s.cluster.local:8080", host), r.Status.APIStatus.Endpoint)

	v := visitor{w: w, registry: r, host: host, trust: fixture.Pool(t, chain)}
	v.opensWith(t, w.Token(t, ns, "default", audience))
	v.isClosedTo(t, "", w.Token(t, ns, "default"), "nonsense")
	w.seeWhoMayReview(t, r)
	v.seesNewCertificate(t, secret)

	require.NoError(t, w.Client.Delete(t.Context(), r))
	cluster.Eventually(t, "the right to review to go with the registry", func(ctx context.Context) error {
		if subjects, err := w.reviewers(ctx); err != nil || len(subjects) > 0 {
			return fmt.Errorf("%v: %w", subjects, err)
		}
		return nil
	})
}

// visitor asks one registry over TLS.
type visitor struct {
	w        *world
	registry *v1alpha1.MCPRegistry
	host     string
	trust    *x509.CertPool
}

func (v visitor) ask(ctx context.Context, path, token string) (status int, header http.Header, err error) {
	base, err := v.w.address(ctx, v.registry)
	if err != nil {
		return 0, nil, err
	}
	url := strings.Replace(base, "http://", "https://", 1) + path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	transport := &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: v.trust, ServerName: v.host},
	}
	answer, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	return answer.StatusCode, answer.Header, err
}

func (v visitor) opensWith(t *testing.T, token string) {
	t.Helper()
	took := cluster.Eventually(t, "a good token to open the registry", func(ctx context.Context) error {
		status, _, err := v.ask(ctx, "/v0.1/servers", token)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d", status)
		}
		return err
	})
	t.Logf("a good token opens it after %s", took)
}

func (v visitor) isClosedTo(t *testing.T, tokens ...string) {
	t.Helper()
	for _, token := range tokens {
		status, header, err := v.ask(t.Context(), "/v0.1/servers", token)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, status)
		require.Contains(t, header.Get("WWW-Authenticate"), "/.well-known/oauth-protected-resource")
	}
	for _, path := range []string{"/health", "/readiness", "/.well-known/oauth-protected-resource"} {
		status, _, err := v.ask(t.Context(), path, "")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status, path)
	}
}

// seesNewCertificate renews the certificate. The Pods stay the same ones.
func (v visitor) seesNewCertificate(t *testing.T, secret *corev1.Secret) {
	t.Helper()
	before := v.w.podsOf(t, v.registry)
	chain, key := fixture.Certificate(t, v.host)
	cluster.Edit(t, v.w.Cluster, secret, func(s *corev1.Secret) {
		s.Data = map[string][]byte{corev1.TLSCertKey: chain, corev1.TLSPrivateKeyKey: key}
	})
	v.trust = fixture.Pool(t, chain)
	took := cluster.Eventually(t, "the new certificate", func(ctx context.Context) error {
		_, _, err := v.ask(ctx, "/health", "")
		return err
	})
	t.Logf("a new certificate is served after %s", took)
	require.Equal(t, before, v.w.podsOf(t, v.registry), "Pods were replaced or restarted")
}

// podsOf are the API Pods by name, with how often they restarted.
func (w *world) podsOf(t *testing.T, r *v1alpha1.MCPRegistry) map[string]int32 {
	t.Helper()
	var list corev1.PodList
	require.NoError(t, w.Client.List(t.Context(), &list, client.InNamespace(r.Namespace), client.MatchingLabels{v1alpha1.LabelRegistry: r.Name}))
	pods := map[string]int32{}
	for _, p := range list.Items {
		for _, c := range p.Status.ContainerStatuses {
			pods[p.Name] += c.RestartCount
		}
	}
	require.NotEmpty(t, pods)
	return pods
}

func (w *world) reviewers(ctx context.Context) ([]rbacv1.Subject, error) {
	var binding rbacv1.ClusterRoleBinding
	err := w.Client.Get(ctx, client.ObjectKey{Name: w.reviewBinding()}, &binding)
	return binding.Subjects, err
}

func (w *world) reviewBinding() string {
	return operatorNamespace + ":" + release + "-mcp-registry-operator:token-review"
}

// seeWhoMayReview asks Kubernetes itself.
func (w *world) seeWhoMayReview(t *testing.T, r *v1alpha1.MCPRegistry) {
	t.Helper()
	operator := serviceAccount(operatorNamespace, w.operatorDeployment(t).Spec.Template.Spec.ServiceAccountName)
	api := serviceAccount(r.Namespace, v1alpha1.APIName(r.Name))
	for _, tc := range []struct {
		why                          string
		user, verb, resource, object string
		allowed                      bool
	}{
		{"that is its job", api, "create", "tokenreviews", "", true},
		{"nobody asked for it", serviceAccount(r.Namespace, "default"), "create", "tokenreviews", "", false},
		{"it gives the right and has no use for it", operator, "create", "tokenreviews", "", false},
		{"it keeps the list", operator, "patch", "clusterrolebindings", w.reviewBinding(), true},
		{"and no other", operator, "patch", "clusterrolebindings", "cluster-admin", false},
		{"nor does it make any", operator, "create", "clusterrolebindings", "", false},
		{"it gives this one role", operator, "bind", "clusterroles", w.reviewBinding(), true},
		{"and no other", operator, "bind", "clusterroles", "cluster-admin", false},
		{"secrets are looked at by name", operator, "list", "secrets", "", false},
	} {
		require.Equal(t, tc.allowed, w.may(t, r.Namespace, tc.user, tc.verb, tc.resource, tc.object),
			"%s %s %s %q: %s", tc.user, tc.verb, tc.resource, tc.object, tc.why)
	}
}

// greedyClient: one client gets no more than its share.
func greedyClient(t *testing.T, w *world) {
	ns := w.namespace(t, "greedy")
	r := fixture.FromConfigMap(ns, "team")
	r.Spec.API = &v1alpha1.API{RateLimit: &v1alpha1.APIRateLimit{RequestsPerSecond: 1, Burst: 5}}
	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one")), r)
	w.Ready(t, r)
	w.serves(t, r, "one")
	base, err := w.address(t.Context(), r)
	require.NoError(t, err)
	cluster.Eventually(t, "a refusal", func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v0.1/servers", nil)
		if err != nil {
			return err
		}
		answer, err := httpClient.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusTooManyRequests {
			return fmt.Errorf("status %d", answer.StatusCode)
		}
		require.Equal(t, "1", answer.Header.Get("Retry-After"))
		return nil
	})
	w.Ready(t, r) // the kubelet's probes are not refused
}

// secretMissing: a Secret that does not exist yet takes no service away, not even
// for a moment.
func secretMissing(t *testing.T, w *world) {
	ns := w.namespace(t, "secret")
	r := fixture.FromConfigMap(ns, "team")
	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one")), r)
	w.Ready(t, r)
	w.serves(t, r, "one")
	watched := w.watchAPI(t, r)
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Spec.API = &v1alpha1.API{TLS: &v1alpha1.APITLS{SecretName: "missing"}}
	})
	w.Condition(t, r, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonInvalidSecret)
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.API = nil })
	w.Ready(t, r)
	asked, failed := watched()
	require.Positive(t, asked)
	require.Zero(t, failed, "of %d requests", asked)
}
