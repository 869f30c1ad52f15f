package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/certificate"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/limit"
)

// accessOptions are the flags of "serve" about how it is reached and by whom.
type accessOptions struct {
	tlsDir         string
	rateLimit      int
	rateLimitBurst int
	trustedProxies string
}

func (o *accessOptions) register(fs *flag.FlagSet) {
	fs.StringVar(&o.tlsDir, "tls-dir", "", "folder with tls.crt and tls.key, which may change; empty means plain http")
	fs.IntVar(&o.rateLimit, "rate-limit", 0, "requests that one client may send per second; 0 means no limit")
	fs.IntVar(&o.rateLimitBurst, "rate-limit-burst", 0, "requests that one client may send at once; 0 means twice --rate-limit")
	fs.StringVar(&o.trustedProxies, "trusted-proxies", "", "comma-separated networks of proxies whose X-Forwarded-For is believed by --rate-limit")
}

// configure makes the server do what the flags say. What has to go on in the
// background does so until ctx ends.
func (o *accessOptions) configure(ctx context.Context, server *apiserver.Options, log *slog.Logger) error {
	gate, err := o.limiter()
	if err != nil {
		return err
	}
	if gate != nil {
		server.Limit = gate
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

// certificate does not wait for one that can be used: until there is one, no
// connection comes about, and the log says why.
func (o *accessOptions) certificate(ctx context.Context, log *slog.Logger) *tls.Config {
	store := &certificate.Store{
		Dir: o.tlsDir,
		Loaded: func(c *tls.Certificate) {
			names, until := describe(c.Leaf)
			log.Info("certificate loaded", "names", names, "until", until)
		},
		Failed: func(err error) {
			if err == nil {
				log.Info("the certificate can be read again")
				return
			}
			log.Warn("cannot read the certificate; what is loaded stays", "error", err)
		},
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
