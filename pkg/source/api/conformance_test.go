package api_test

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/api"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/sourcetest"
)

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Harness { return &harness{t: t, public: newPublic(t)} })
}

// harness keeps the data of the suite in the description of the only entry.
type harness struct {
	t      *testing.T
	public *public
}

func (h *harness) Fetcher() source.Fetcher {
	r := newReader(h.t, h.public.url)
	// So many bytes have the encoding of the largest file that is allowed and
	// the rest of the page.
	r.cfg.MaxBytes = int64(hex.EncodedLen(sourcetest.Limit) + len(frame))
	fetcher, err := api.New(r.cfg)
	require.NoError(h.t, err)
	return unwrapping{h.t, fetcher}
}

const (
	tail  = `","name":"io.test/a","version":"1.0.0"}}]}`
	frame = `{"metadata":{"count":1},"servers":[{"_meta":{"io.modelcontextprotocol.registry/official":{` +
		`"isLatest":false,"publishedAt":"0001-01-01T00:00:00Z","status":"active","statusChangedAt":"0001-01-01T00:00:00Z","updatedAt":"0001-01-01T00:00:00Z"}},` +
		`"server":{"description":"` + tail
)

func (h *harness) Put(data []byte) {
	h.public.mu.Lock()
	defer h.public.mu.Unlock()
	h.public.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Query().Has("updated_since") {
			return false
		}
		body := strings.TrimSuffix(frame, tail) + hex.EncodeToString(data) + tail
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
		return true
	}
}

func (h *harness) Remove() {
	h.public.mu.Lock()
	defer h.public.mu.Unlock()
	h.public.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		http.NotFound(w, r)
		return true
	}
}

type unwrapping struct {
	t       *testing.T
	fetcher source.Fetcher
}

func (u unwrapping) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	content, err := u.fetcher.Fetch(ctx, known)
	if err != nil || content.Unchanged {
		return content, err
	}
	servers := parse(u.t, content)
	require.Len(u.t, servers, 1)
	text, err := registry.Text(registry.Member(servers[0].JSON, "description"))
	require.NoError(u.t, err)
	data, err := hex.DecodeString(text)
	require.NoError(u.t, err)
	return source.OneFile(content.Revision, data), nil
}
