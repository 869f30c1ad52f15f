package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	authenticationv1 "k8s.io/client-go/kubernetes/typed/authentication/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/auth"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/certificate"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/limit"
)

// accessOptions are the flags of "serve" about how it is reached and by whom.
type accessOptions struct {
	tlsDir         string
	rateLimit      int
	rateLimitBurst int
	trustedProxies string

	authType, authResource                                     string
	issuerURL, audience, issuerCAFile, scopes, reviewAudiences string
}

func (o *accessOptions) register(fs *flag.FlagSet) {
	fs.StringVar(&o.tlsDir, "tls-dir", "", "folder with tls.crt and tls.key, which may change; empty means plain http")
	fs.IntVar(&o.rateLimit, "rate-limit", 0, "requests that one client may send per second; 0 means no limit")
	fs.IntVar(&o.rateLimitBurst, "rate-limit-burst", 0, "requests that one client may send at once; 0 means twice --rate-limit")
	fs.StringVar(&o.trustedProxies, "trusted-proxies", "", "comma-separated networks of proxies whose X-Forwarded-For is believed by --rate-limit")
	fs.StringVar(&o.authType, "auth-type", "", "whose bearer tokens are accepted: oidc, tokenReview or, if empty, everybody may read")
	fs.StringVar(&o.authResource, "auth-resource", "", "public URL of this registry for RFC 9728; empty means from the request's Host header")
	fs.StringVar(&o.issuerURL, "oidc-issuer-url", "", "URL of the OpenID Connect issuer")
	fs.StringVar(&o.audience, "oidc-audience", "", "audience that tokens of the issuer must name")
	fs.StringVar(&o.issuerCAFile, "oidc-ca-file", "", "file with the certificate authorities to trust for the issuer; empty means the system's")
	fs.StringVar(&o.scopes, "oidc-scopes", "", "comma-separated scopes that clients are told to ask the issuer for")
	fs.StringVar(&o.reviewAudiences, "token-review-audiences", "", "comma-separated audiences of which tokens must name one; empty means the Kubernetes API's")
}

// configure makes the server do what the flags say. What has to go on in the
// background does so until ctx ends.
func (o *accessOptions) configure(ctx context.Context, server *apiserver.Options, log *slog.Logger) error {
	limiter, err := o.limiter()
	if err != nil {
		return err
	}
	if limiter != nil {
		server.Limit = limiter
	}
	gate, err := o.gate(ctx, server.RegistryName, log)
	if err != nil {
		return err
	}
	if gate != nil {
		server.Auth, server.Metadata = gate, gate.Resource.Metadata
	}
	if o.tlsDir != "" {
		server.TLS = o.certificate(ctx, log)
	}
	return nil
}

func (o *accessOptions) limiter() (*limit.Limiter, error) {
	if o.rateLimit == 0 {
		return nil, nil
	}
	config := limit.Config{RequestsPerSecond: o.rateLimit, Burst: o.rateLimitBurst}
	for _, text := range splitList(o.trustedProxies) {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxies: %q is not a network like 10.0.0.0/8", text)
		}
		config.TrustedProxies = append(config.TrustedProxies, network.Masked())
	}
	limiter, err := limit.New(config)
	if err != nil {
		return nil, fmt.Errorf("--rate-limit %d, --rate-limit-burst %d: %w", o.rateLimit, o.rateLimitBurst, err)
	}
	return limiter, nil
}

// gate returns nil if everybody may read. Anything that is not understood is an
// error: a typing error must not open a registry.
func (o *accessOptions) gate(ctx context.Context, registryName string, log *slog.Logger) (*auth.Gate, error) {
	gate := &auth.Gate{
		Resource: auth.Resource{URL: o.authResource, Name: registryName},
		Failed:   reporter(log, "tokens cannot be checked; requests are answered 503", "tokens can be checked again"),
	}
	switch o.authType {
	case "":
		return nil, nil
	case v1alpha1.AuthTypeOIDC:
		if o.issuerURL == "" || o.audience == "" {
			return nil, errors.New("--auth-type oidc needs --oidc-issuer-url and --oidc-audience")
		}
		gate.Resource.Issuers, gate.Resource.Scopes = []string{o.issuerURL}, splitList(o.scopes)
		issuer := &auth.Issuer{
			URL: o.issuerURL, Audience: o.audience, CAFile: o.issuerCAFile,
			Failed: reporter(log, "cannot find the issuer; trying again", "issuer found"),
		}
		go issuer.Run(ctx)
		gate.Verifier = auth.Remember(issuer)
	case v1alpha1.AuthTypeTokenReview:
		config, err := clusterConfig()
		if err != nil {
			return nil, err
		}
		client, err := authenticationv1.NewForConfig(config)
		if err != nil {
			return nil, fmt.Errorf("making a client of the Kubernetes API: %w", err)
		}
		gate.Verifier = auth.Remember(auth.NewReviewer(client.TokenReviews(), splitList(o.reviewAudiences)))
	default:
		return nil, fmt.Errorf("--auth-type %q is not one of oidc, tokenReview", o.authType)
	}
	return gate, nil
}

// reporter logs when a failure begins, changes and ends.
func reporter(log *slog.Logger, failing, over string) func(error) {
	return func(err error) {
		if err == nil {
			log.Info(over)
			return
		}
		log.Warn(failing, "error", err)
	}
}

// certificate does not wait for one that can be used: until there is one, no
// connection comes about, and the log says why.
func (o *accessOptions) certificate(ctx context.Context, log *slog.Logger) *tls.Config {
	store := &certificate.Store{
		Dir: o.tlsDir,
		Loaded: func(c *tls.Certificate) {
			names, until := describe(c.Leaf)
			log.Info("certificate loaded", "names", names, "until", until)
		},
		Failed: reporter(log, "cannot read the certificate; what is loaded stays", "the certificate can be read again"),
	}
	go store.Run(ctx)
	return store.Config()
}

func describe(leaf *x509.Certificate) (names []string, until time.Time) {
	names = append(names, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names, leaf.NotAfter
}
