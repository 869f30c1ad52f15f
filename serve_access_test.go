package main

import (
	"flag"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

func TestAccessFlags(t *testing.T) {
	for name, c := range map[string]struct {
		why                string
		args               []string
		limited, protected bool
		fail               string
	}{
		"nothing":          {why: "a laptop needs no protection"},
		"limit":            {why: "a rate is enough", args: []string{"--rate-limit=5"}, limited: true},
		"limit, all of it": {why: "what the operator renders", args: []string{"--rate-limit=5", "--rate-limit-burst=7", "--trusted-proxies=10.0.0.0/8,fd00::/8"}, limited: true},
		"small burst":      {why: "the rate could never be reached", args: []string{"--rate-limit=5", "--rate-limit-burst=4"}, fail: "--rate-limit-burst 4"},
		"no network":       {why: "an address is no network", args: []string{"--rate-limit=5", "--trusted-proxies=10.0.0.1"}, fail: "--trusted-proxies"},
		"oidc":             {why: "an issuer that cannot be reached does not keep the program from starting", args: []string{"--auth-type=oidc", "--oidc-issuer-url=https://127.0.0.1:1", "--oidc-audience=a"}, protected: true},
		"half of oidc":     {why: "a token for anybody is none", args: []string{"--auth-type=oidc", "--oidc-issuer-url=https://127.0.0.1:1"}, fail: "--oidc-audience"},
		"typing error":     {why: "it must not open the registry", args: []string{"--auth-type=OIDC"}, fail: "--auth-type"},
		"no cluster":       {why: "there is nobody to ask", args: []string{"--auth-type=tokenReview"}, fail: "Kubernetes API"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KUBERNETES_SERVICE_HOST", "")
			t.Setenv("KUBECONFIG", t.TempDir()+"/none")
			var o accessOptions
			fs := flag.NewFlagSet("serve", flag.ContinueOnError)
			o.register(fs)
			require.NoError(t, fs.Parse(c.args))
			var server apiserver.Options
			err := o.configure(t.Context(), &server, slog.New(slog.DiscardHandler))
			if c.fail != "" {
				require.ErrorContains(t, err, c.fail, c.why)
				return
			}
			require.NoError(t, err, c.why)
			require.Equal(t, c.limited, server.Limit != nil, c.why)
			require.Equal(t, c.protected, server.Auth != nil, c.why)
			require.Equal(t, c.protected, server.Metadata != nil, c.why)
		})
	}
}

// TestNoCertificateIsToldAndWaitedFor: a Secret that cannot be used yet must not
// end the program.
func TestNoCertificateIsToldAndWaitedFor(t *testing.T) {
	o := accessOptions{tlsDir: t.TempDir()}
	var server apiserver.Options
	require.NoError(t, o.configure(t.Context(), &server, slog.New(slog.DiscardHandler)))
	require.NotNil(t, server.TLS)
	_, err := server.TLS.GetCertificate(nil)
	require.ErrorContains(t, err, "no certificate")
}
