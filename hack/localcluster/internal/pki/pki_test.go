package pki

import (
	"crypto/x509"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestIssuedCertificatesVerify(t *testing.T) {
	ca, err := NewAuthority("test", now)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(ca.Cert))

	server, err := ca.Issue(Request{CommonName: "s", Hosts: []string{"127.0.0.1", "localhost"}})
	require.NoError(t, err)
	cert, err := parse(server.Cert)
	require.NoError(t, err)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		_, err = cert.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, DNSName: host})
		assert.NoError(t, err, host)
	}
	_, err = cert.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, DNSName: "elsewhere"})
	assert.Error(t, err)

	client, err := ca.Issue(Request{CommonName: "c", Organizations: []string{"system:masters"}})
	require.NoError(t, err)
	cert, err = parse(client.Cert)
	require.NoError(t, err)
	assert.Equal(t, []string{"system:masters"}, cert.Subject.Organization)
	_, err = cert.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now})
	assert.Error(t, err, "a certificate without hosts is none for servers")
	_, err = cert.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	assert.NoError(t, err)
}

func TestWriteAll(t *testing.T) {
	c := plan.Cluster{Name: "x", Home: t.TempDir(), Address: plan.Loopback, Ports: plan.Ports{APIServer: 6443}}
	require.NoError(t, WriteAll(c, now))

	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig(Admin))
	require.NoError(t, err)
	assert.Equal(t, "https://127.0.0.1:6443", config.Host)
	assert.NotEmpty(t, config.CertData)

	for _, file := range []string{c.PKI(CAKey), c.PKI(AccountsKey), c.Kubeconfig(Admin)} {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "%s is for its owner alone", file)
	}
}
