package oci_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

func TestNewRefuses(t *testing.T) {
	hash := strings.Repeat("a", 64)
	for name, tt := range map[string]struct{ why, reference, path, says string }{
		"scheme":         {"as some tools write it", "oci://ghcr.io/a:v1", "", "must not begin with a scheme"},
		"no registry":    {"it would be Docker Hub for docker only", "acme/mcp:v1", "", "does not begin with the host"},
		"no repository":  {"nothing to read", "ghcr.io", "", "not of the form"},
		"no tag":         {"latest was not written", "ghcr.io/a", "", "no tag and no digest"},
		"password":       {"a spec is no place for it", "me:hidden@ghcr.io/a:v1", "", "not of the form"},
		"upper case":     {"repositories have none", "ghcr.io/Acme/mcp:v1", "", "not of the form"},
		"parent":         {"another repository", "ghcr.io/../a:v1", "", "not of the form"},
		"query":          {"no part of it", "ghcr.io/a:v1?x=y", "", "not of the form"},
		"short digest":   {"it names nothing", "ghcr.io/a@sha256:abc", "", "not of the form"},
		"another digest": {"registries need not know it", "ghcr.io/a@sha512:" + hash + hash, "", "not sha256"},
		"absolute file":  {"not of the artifact", "ghcr.io/a:v1", "/etc/passwd", "is absolute"},
		"parent of file": {"not of the artifact", "ghcr.io/a:v1", "a/../../b", "not a plain path"},
		"folder":         {"not a file", "ghcr.io/a:v1", "a/", "not a plain path"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := oci.New(oci.Config{Reference: tt.reference, Path: tt.path, Client: egress.Policy{}.Client()})
			require.Error(t, err, tt.why)
			require.Equal(t, fault.Terminal, fault.ClassOf(err))
			require.Equal(t, source.ReasonInvalidReference, fault.ReasonOf(err, ""))
			require.ErrorContains(t, err, tt.says)
		})
	}
	for _, good := range []string{"ghcr.io/a/b:v1", "docker.io/library/a:latest", "localhost/a:v1", "10.0.0.1:5000/a@sha256:" + hash} {
		_, err := oci.New(oci.Config{Reference: good, Client: egress.Policy{}.Client()})
		require.NoError(t, err, good)
	}
}

// at answers requests to a part of the registry with a status.
func at(part string, status int, header ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, part) {
			return false
		}
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"errors":[{"code":"X","message":"what the server says\n\n"}]}`))
		return true
	}
}

func TestAnswers(t *testing.T) {
	const unavailable, denied, invalid = source.ReasonUnavailable, source.ReasonAuthFailed, source.ReasonInvalidReference
	for _, part := range []string{"/manifests/", "/blobs/"} {
		for name, tt := range map[string]struct {
			why    string
			status int
			header []string
			class  fault.Class
			reason string
			says   string
		}{
			"400":               {"the same request gets the same answer", 400, nil, fault.Terminal, invalid, "400"},
			"401":               {"no way to log in is named", 401, nil, fault.Terminal, denied, "oci.secretRef"},
			"401 and Basic":     {"there is no login", 401, []string{"WWW-Authenticate", `Basic realm="x"`}, fault.Terminal, denied, "wants a login"},
			"401 and another":   {"it is not known", 401, []string{"WWW-Authenticate", "Negotiate"}, fault.Terminal, denied, "oci.secretRef"},
			"403":               {"the login is not enough", 403, nil, fault.Terminal, denied, "403"},
			"403 and a pause":   {"how some say that there were too many requests", 403, []string{"Retry-After", "60"}, fault.Wait, unavailable, "403"},
			"404":               {"it may be pushed", 404, nil, fault.Retry, unavailable, "404"},
			"410":               {"it does not come back", 410, nil, fault.Terminal, invalid, "410"},
			"429":               {"it may pass", 429, nil, fault.Retry, unavailable, "429"},
			"429 and a pause":   {"the server says when", 429, []string{"Retry-After", "120"}, fault.Wait, unavailable, "429"},
			"500":               {"it may pass", 500, nil, fault.Retry, unavailable, "500"},
			"503 and a pause":   {"the server says when", 503, []string{"Retry-After", "120"}, fault.Wait, unavailable, "503"},
			"204":               {"no artifact", 204, nil, fault.Retry, unavailable, "204"},
			"300":               {"it leads nowhere", 300, nil, fault.Retry, unavailable, "300"},
			"http redirect":     {"nobody may read it on the way", 307, []string{"Location", "http://127.0.0.1:1/x?sig=hidden"}, fault.Terminal, invalid, "plain http"},
			"file redirect":     {"it is not ours to read", 307, []string{"Location", "file:///etc/passwd"}, fault.Terminal, invalid, "scheme"},
			"a loop":            {"it does not end", 307, []string{"Location", "?hidden"}, fault.Terminal, invalid, "redirects"},
			"a dead redirect":   {"its query is not for everybody", 307, []string{"Location", "https://127.0.0.1:1/x?sig=hidden"}, fault.Retry, unavailable, "refused"},
			"an odd media type": {"the headers make no sense", 200, []string{"Content-Type", ";"}, fault.Retry, unavailable, ""},
		} {
			t.Run(part+name, func(t *testing.T) {
				s := ociserver.New(t)
				s.Push(repository, "v1", titled("registry.json", "one"))
				s.Intercept(at(part, tt.status, tt.header...))
				for _, known := range []source.Revision{"", "sha256:another"} {
					content, err := fetcher(t, s).Fetch(t.Context(), known)
					require.Error(t, err, tt.why)
					requireFault(t, err, tt.class, tt.reason, tt.says)
					require.Empty(t, content.Files)
				}
			})
		}
	}
}

func TestRetryAfter(t *testing.T) {
	s := ociserver.New(t)
	s.Intercept(at("/", 429, "Retry-After", "120"))
	_, err := fetcher(t, s).Fetch(t.Context(), "")
	require.Equal(t, 2*time.Minute, fault.After(err))
}

// TestNoHead: registries that do not answer a HEAD as they should are read by GET.
func TestNoHead(t *testing.T) {
	for name, head := range map[string]func(http.ResponseWriter, string){
		"405":       func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusMethodNotAllowed) },
		"501":       func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusNotImplemented) },
		"no digest": func(w http.ResponseWriter, _ string) { w.Header().Set("Content-Type", ocispec.MediaTypeImageManifest) },
		"no type":   func(w http.ResponseWriter, of string) { w.Header()["Content-Type"] = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := ociserver.New(t)
			of := s.Push(repository, "v1", titled("registry.json", "one"))
			s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodHead {
					head(w, of.String())
				}
				return r.Method == http.MethodHead
			})
			first := fetch(t, fetcher(t, s), "")
			require.True(t, fetch(t, fetcher(t, s), first.Revision).Unchanged)
			s.Push(repository, "v1", titled("registry.json", "two"))
			require.Equal(t, "two", string(fetch(t, fetcher(t, s), first.Revision).Data()))
		})
	}
}

func TestCancelWhileTheServerHangs(t *testing.T) {
	for _, part := range []string{"/manifests/", "/blobs/"} {
		s := ociserver.New(t)
		s.Push(repository, "v1", titled("registry.json", "one"))
		ctx, cancel := context.WithCancel(t.Context())
		s.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, part) {
				return false
			}
			cancel()
			<-r.Context().Done()
			return true
		})
		_, err := fetcher(t, s).Fetch(ctx, "")
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, fault.Retry, fault.ClassOf(err))
	}
}

func TestUnreachable(t *testing.T) {
	s := ociserver.New(t)
	_, err := fetcher(t, s, func(c *oci.Config) { c.Client = egress.Policy{AllowLoopback: true}.Client() }).Fetch(t.Context(), "")
	requireFault(t, err, fault.Retry, source.ReasonUnavailable, "ca.crt into the Secret")
	_, err = fetcher(t, s, func(c *oci.Config) { c.Client = egress.Policy{RootCAs: s.CA()}.Client() }).Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonInvalidReference, "loopback")
	require.Empty(t, s.Requests())
	for _, known := range []source.Revision{"", "x"} {
		s.Registry.Close()
		_, err = fetcher(t, s).Fetch(t.Context(), known)
		requireFault(t, err, fault.Retry, source.ReasonUnavailable, "refused")
	}
}

// TestMetadataServices: neither the registry's own address nor one that it leads to.
func TestMetadataServices(t *testing.T) {
	for _, host := range []string{"169.254.169.254", "localhost", "[::1]", "2130706433.1", "metadata.google.internal"} {
		_, err := fetchFrom(t, host+"/a:v1")
		requireFault(t, err, fault.Terminal, source.ReasonInvalidReference, "not allowed")
	}
}

func fetchFrom(t *testing.T, reference string) (source.Content, error) {
	t.Helper()
	f, err := oci.New(oci.Config{Reference: reference, Client: egress.Policy{}.Client()})
	require.NoError(t, err)
	return f.Fetch(t.Context(), "")
}

// TestMessagesAreShort: there has to be room for them in a condition.
func TestMessagesAreShort(t *testing.T) {
	s := ociserver.New(t)
	s.Intercept(at("/", 307, "Location", "https://127.0.0.1:1/"+strings.Repeat("x", 3000)))
	_, err := fetcher(t, s, func(c *oci.Config) {
		c.Reference = s.Host() + "/" + strings.Repeat("a/", 90) + "b:v1"
	}).Fetch(t.Context(), "")
	require.Less(t, len(err.Error()), 500)
}

// TestManyRequests: redirects of many layers come to an end.
func TestManyRequests(t *testing.T) {
	s := ociserver.New(t)
	layers := make([]layer, 256)
	for i := range layers {
		layers[i] = titled("x", strconv.Itoa(i))
	}
	s.Push(repository, "v1", layers...)
	s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/blobs/") || len(r.URL.RawQuery) >= 5 {
			return false
		}
		http.Redirect(w, r, r.URL.Path+"?"+r.URL.RawQuery+"x", http.StatusTemporaryRedirect)
		return true
	})
	_, err := fetcher(t, s).Fetch(t.Context(), "")
	requireFault(t, err, fault.Retry, source.ReasonUnavailable, "more than 1000 requests")
	require.Len(t, s.Requests(), 1000)
}
