package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/controllers/tokenreview"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiservice"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
)

// translateAccess translates how the API is reached and by whom. It repeats the
// CRD's rules, for objects older than these.
func (s *scope) translateAccess() error {
	api := s.object.Spec.API
	if api == nil {
		return nil
	}
	if api.TLS != nil {
		s.access.TLSSecret = api.TLS.SecretName
	}
	return errors.Join(s.translateAuth(api.Auth), s.translateLimit(api.RateLimit))
}

func (s *scope) translateAuth(auth *v1alpha1.APIAuth) error {
	if auth == nil {
		return nil
	}
	s.access.Resource = auth.Resource
	switch {
	case auth.Type == v1alpha1.AuthTypeOIDC && auth.OIDC != nil:
		s.access.OIDC = &apiservice.OIDC{
			IssuerURL: auth.OIDC.IssuerURL, Audience: auth.OIDC.Audience, Scopes: auth.OIDC.Scopes,
		}
		if ca := auth.OIDC.CASecretRef; ca != nil {
			s.access.OIDC.CASecret = ca.Name
		}
	case auth.Type == v1alpha1.AuthTypeOIDC:
		return errors.New("spec.api.auth.oidc is required when spec.api.auth.type is \"oidc\"")
	case auth.Type == v1alpha1.AuthTypeTokenReview:
		s.access.TokenReview = &apiservice.TokenReview{}
		if auth.TokenReview != nil {
			s.access.TokenReview.Audiences = auth.TokenReview.Audiences
		}
	default:
		return fmt.Errorf("spec.api.auth.type %q is not one of oidc, tokenReview", auth.Type)
	}
	return nil
}

func (s *scope) translateLimit(limit *v1alpha1.APIRateLimit) error {
	if limit == nil {
		return nil
	}
	for _, network := range limit.TrustedProxies {
		if _, err := netip.ParsePrefix(network); err != nil {
			return fmt.Errorf("spec.api.rateLimit.trustedProxies: %q is not a network like 10.0.0.0/8 or fd00::/8", network)
		}
	}
	s.access.RateLimit = &apiservice.RateLimit{
		RequestsPerSecond: limit.RequestsPerSecond, Burst: limit.Burst, TrustedProxies: limit.TrustedProxies,
	}
	return nil
}

// checkTokenReview refuses what the operator was not set up for.
func (r *Reconciler) checkTokenReview(s *scope) error {
	if s.access.TokenReview == nil || r.Workload.TokenReviewBinding != "" {
		return nil
	}
	return fault.NewTerminal(v1alpha1.ReasonTokenReviewDisabled, errors.New(
		"spec.api.auth.type is tokenReview, which this operator may not set up; "+
			"set tokenReview.enabled=true in the values of its chart, or use another type"))
}

// checkGrant finds out whether the API Pods may review tokens. Package
// tokenreview sees to that; the binding is watched, so nobody has to wait here.
func (r *Reconciler) checkGrant(ctx context.Context, s *scope) (granted bool, err error) {
	name := r.Workload.TokenReviewBinding
	if s.access.TokenReview == nil || name == "" {
		return true, nil
	}
	var binding rbacv1.ClusterRoleBinding
	err = r.Client.Get(ctx, client.ObjectKey{Name: name}, &binding)
	switch {
	case apierrors.IsNotFound(err):
		return false, fault.NewTerminal(v1alpha1.ReasonTokenReviewDisabled, fmt.Errorf(
			"spec.api.auth.type is tokenReview, but ClusterRoleBinding %q does not exist; upgrade the operator's release with tokenReview.enabled=true", name))
	case err != nil:
		return false, fault.NewRetry(v1alpha1.ReasonAPIFailed, fmt.Errorf("reading ClusterRoleBinding %q: %w", name, err))
	}
	return slices.Contains(binding.Subjects, tokenreview.Subject(s.object)), nil
}

// checkSecrets says what is wrong with the Secrets that the API Pods mount, for a
// Pod that waits for a Secret does not say so where the operator looks. It is
// asked only while the Pods are not available. Nobody has to tell when the
// Secret comes: the kubelet tries again, and then the Deployment changes.
func (r *Reconciler) checkSecrets(ctx context.Context, s *scope) error {
	if name := s.access.TLSSecret; name != "" {
		if err := r.checkSecret(ctx, s, "spec.api.tls.secretName", name, checkPair); err != nil {
			return err
		}
	}
	if oidc := s.access.OIDC; oidc != nil && oidc.CASecret != "" {
		return r.checkSecret(ctx, s, "spec.api.auth.oidc.caSecretRef", oidc.CASecret, checkAuthorities)
	}
	return nil
}

func (r *Reconciler) checkSecret(ctx context.Context, s *scope, field, name string, check func(map[string][]byte) error) error {
	var secret corev1.Secret
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: s.owner.Namespace, Name: name}, &secret)
	switch {
	case apierrors.IsNotFound(err):
		err = fmt.Errorf("%s names Secret %q, which does not exist in namespace %q; create it, and the API service starts", field, name, s.owner.Namespace)
	case err != nil:
		return fault.NewRetry(v1alpha1.ReasonAPIFailed, fmt.Errorf("reading Secret %q of %s: %w", name, field, err))
	default:
		if err = check(secret.Data); err == nil {
			return nil
		}
		err = fmt.Errorf("%s names Secret %q, which cannot be used: %w; correct it, and the API service starts", field, name, err)
	}
	return fault.NewTerminal(v1alpha1.ReasonInvalidSecret, err)
}

func checkPair(data map[string][]byte) error {
	for _, key := range []string{corev1.TLSCertKey, corev1.TLSPrivateKeyKey} {
		if len(data[key]) == 0 {
			return fmt.Errorf("key %s is missing or empty", key)
		}
	}
	_, err := tls.X509KeyPair(data[corev1.TLSCertKey], data[corev1.TLSPrivateKeyKey])
	if err != nil {
		return fmt.Errorf("%s and %s: %w", corev1.TLSCertKey, corev1.TLSPrivateKeyKey, err)
	}
	return nil
}

func checkAuthorities(data map[string][]byte) error {
	if !x509.NewCertPool().AppendCertsFromPEM(data[apiservice.SecretKeyCA]) {
		return fmt.Errorf("key %s holds no certificate in PEM", apiservice.SecretKeyCA)
	}
	return nil
}
