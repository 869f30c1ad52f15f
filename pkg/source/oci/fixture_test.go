package oci_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci/cosign"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/sourcetest"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

const repository = "acme/mcp"

func fetcher(t *testing.T, s *ociserver.Server, changes ...func(*oci.Config)) *oci.Fetcher {
	t.Helper()
	cfg := oci.Config{
		Reference: s.Host() + "/" + repository + ":v1", MaxBytes: sourcetest.Limit,
		Client: egress.Policy{AllowLoopback: true, RootCAs: s.CA()}.Client(),
	}
	for _, change := range changes {
		change(&cfg)
	}
	f, err := oci.New(cfg)
	require.NoError(t, err)
	return f
}

func login(credential auth.Credential) func(*oci.Config) {
	return func(c *oci.Config) { c.Login = func() (auth.Credential, error) { return credential, nil } }
}

var me = auth.Credential{Username: ociserver.User, Password: ociserver.Password}

func signedBy(t *testing.T, keys ...ociserver.Key) func(*oci.Config) {
	t.Helper()
	var pem []byte
	for _, key := range keys {
		pem = append(pem, key.Public()...)
	}
	parsed, err := cosign.ParseKeys(pem)
	require.NoError(t, err)
	return func(c *oci.Config) { c.Keys, c.KeysFrom = &parsed, `cosign.pub of Secret "release-key"` }
}

func fetch(t *testing.T, f *oci.Fetcher, known source.Revision) source.Content {
	t.Helper()
	content, err := f.Fetch(t.Context(), known)
	require.NoError(t, err)
	return content
}

func requireFault(t *testing.T, err error, class fault.Class, reason, text string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, class, fault.ClassOf(err), err)
	require.Equal(t, reason, fault.ReasonOf(err, ""), err)
	require.ErrorContains(t, err, text)
	require.NotContains(t, err.Error(), "\n", "a message is one line")
	for _, secret := range []string{ociserver.Password, ociserver.IdentityToken, "hidden", "what the server says"} {
		require.NotContains(t, err.Error(), secret)
	}
}

type harness struct {
	*ociserver.Server
	t *testing.T
}

func (h harness) Fetcher() source.Fetcher { return fetcher(h.t, h.Server) }

func (h harness) Put(data []byte) {
	h.Intercept(nil)
	h.Push(repository, "v1", ociserver.Layer{Title: "registry.json", Data: data})
}

func (h harness) Remove() {
	h.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusNotFound)
		return true
	})
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Harness { return harness{ociserver.New(t), t} })
}

// TestRequests counts what a look and a pull cost.
func TestRequests(t *testing.T) {
	const (
		head, get, denied, deniedHead = "HEAD manifests 200", "GET manifests 200", "GET manifests 401", "HEAD manifests 401"
		blob, token, asked            = "GET blobs 200", "GET tokens 200", "GET referrers 200"
		noTag                         = "GET manifests 404"
	)
	key := ociserver.NewKey()
	for name, tt := range map[string]struct {
		why              string
		prepare          func(*ociserver.Server)
		change           []func(*oci.Config)
		first, unchanged []string
	}{
		"public":   {"the usual case", nil, nil, []string{get, blob}, []string{head}},
		"password": {"the registry has to ask first", func(s *ociserver.Server) { s.Ask(ociserver.Basic) }, []func(*oci.Config){login(me)}, []string{denied, get, blob}, []string{deniedHead, head}},
		"token":    {"one token for all requests", func(s *ociserver.Server) { s.Ask(ociserver.Token) }, []func(*oci.Config){login(me)}, []string{denied, token, get, blob}, []string{deniedHead, token, head}},
		"storage":  {"a redirect", (*ociserver.Server).Redirect, nil, []string{get, "GET blobs 307", "GET storage 200"}, []string{head}},
		"signed by cosign 2": {"the signature is an artifact with a tag", func(s *ociserver.Server) {
			of := s.Describe(repository, "v1").Digest
			s.PushSignatures(repository, of, key, ociserver.Payload(of))
		}, []func(*oci.Config){signedBy(t, key)}, []string{get, get, blob, blob}, []string{head}},
		"signed by cosign 3": {"the signature is an artifact that refers to it", func(s *ociserver.Server) {
			of := s.Describe(repository, "v1").Digest
			s.PushBundle(repository, of, ociserver.Bundle(key, of, ociserver.SignedType), ociserver.SignedType)
		}, []func(*oci.Config){signedBy(t, key)}, []string{get, noTag, asked, get, blob, blob}, []string{head}},
	} {
		t.Run(name, func(t *testing.T) {
			s := ociserver.New(t)
			digest := s.Push(repository, "v1", ociserver.Layer{Title: "registry.json", Data: []byte("one")})
			if tt.prepare != nil {
				tt.prepare(s)
			}
			f := fetcher(t, s, tt.change...)
			content := fetch(t, f, "")
			require.Equal(t, "one", string(content.Data()))
			require.Equal(t, tt.first, s.Requests(), tt.why)
			require.True(t, fetch(t, f, content.Revision).Unchanged)
			require.Equal(t, tt.unchanged, s.Requests(), tt.why)

			pinned := fetcher(t, s, append(tt.change, func(c *oci.Config) { c.Reference = s.Host() + "/" + repository + ":any@" + digest.String() })...)
			require.Equal(t, content.Revision, fetch(t, pinned, "").Revision)
			s.Requests()
			require.True(t, fetch(t, pinned, content.Revision).Unchanged)
			require.Empty(t, s.Requests(), "a digest never leads to something else")
		})
	}
}
