package oci_test

import (
	"net/http"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

// TestLies: bytes that do not have the digest that names them are never given out.
func TestLies(t *testing.T) {
	write := func(text string, header ...string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", ocispec.MediaTypeImageManifest)
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			_, _ = w.Write([]byte(text))
		}
	}
	for name, tt := range map[string]struct {
		why, part string
		pinned    bool
		answer    func(http.ResponseWriter)
		reason    string
		says      string
	}{
		"another layer":    {"of the same length", "/blobs/", false, write("two"), source.ReasonUnavailable, "is not what the manifest names"},
		"a longer layer":   {"the length is a claim", "/blobs/", false, write("one and more"), source.ReasonUnavailable, "mismatch"},
		"a cut layer":      {"the connection broke", "/blobs/", false, write("on", "Content-Length", "3"), source.ReasonUnavailable, "broke off"},
		"endless layer":    {"it has no length", "/blobs/", false, endless, source.ReasonUnavailable, "is not what the manifest names"},
		"another manifest": {"a digest names one", "/manifests/", true, write(`{"schemaVersion":2}`), source.ReasonUnavailable, "digest"},
		"a claimed digest": {"the header is the server's", "/manifests/", true, nil, source.ReasonUnavailable, "not sha256:"},
		"an odd digest":    {"it is none", "/manifests/", false, write(`{}`, "Docker-Content-Digest", "sha256:x"), source.ReasonUnavailable, ""},
		"endless manifest": {"it has no length and no digest", "/manifests/", false, endless, source.ReasonTooLarge, "4194304"},
		"a huge manifest":  {"registries take none", "/manifests/", false, write(strings.Repeat(" ", 5<<20), "Docker-Content-Digest", "sha256:"+strings.Repeat("a", 64)), source.ReasonTooLarge, "4194304"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ociserver.New(t)
			of := s.Push(repository, "v1", titled("registry.json", "one"))
			if tt.answer == nil {
				tt.answer = write(`{"schemaVersion":2}`, "Docker-Content-Digest", of.String())
			}
			s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, tt.part) && r.Method == http.MethodGet {
					tt.answer(w)
					return true
				}
				return false
			})
			f := fetcher(t, s, func(c *oci.Config) {
				if tt.pinned {
					c.Reference = s.Host() + "/" + repository + "@" + of.String()
				}
			})
			content, err := f.Fetch(t.Context(), "")
			require.Error(t, err, tt.why)
			require.Equal(t, tt.reason, fault.ReasonOf(err, ""), err)
			require.ErrorContains(t, err, tt.says)
			require.Empty(t, content.Files)
		})
	}
}

// endless writes until nobody listens any more.
func endless(w http.ResponseWriter) {
	w.Header().Set("Content-Type", ocispec.MediaTypeImageManifest)
	block := []byte(strings.Repeat("one", 1<<12))
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
	}
}
