package chaos

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

// listen serves over TLS and returns the authority to trust.
func listen(t *testing.T, handler http.Handler) (*httptest.Server, []byte) {
	t.Helper()
	certificate, authority, err := gitserver.Certificate("127.0.0.1")
	require.NoError(t, err)
	web := httptest.NewUnstartedServer(handler)
	web.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	t.Cleanup(web.Close)
	return web, authority
}

// files are at URLs, with ETags.
type files struct {
	moods
	web       *httptest.Server
	authority []byte

	mu   sync.Mutex
	held map[string][]byte
}

func newFiles(t *testing.T) *files {
	t.Helper()
	p := &files{held: map[string][]byte{}}
	p.web, p.authority = listen(t, p)
	return p
}

func (p *files) source(id string) v1alpha1.Source {
	return v1alpha1.Source{
		Type: v1alpha1.SourceTypeHTTP, Format: v1alpha1.FormatToolHive,
		HTTP: &v1alpha1.HTTPSource{URL: p.web.URL + "/" + id + "/registry.json"},
	}
}

func (p *files) put(id string, file []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[id] = file
}

// ServeHTTP implements [http.Handler].
func (p *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, _ := first(r.URL.Path)
	if p.answer(id, w, r) {
		return
	}
	p.mu.Lock()
	file := p.held[id]
	p.mu.Unlock()
	tag := `"` + string(registry.DigestOf(file)) + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(file)
}

// registries are API services of ours, in this process.
type registries struct {
	t *testing.T
	moods
	web       *httptest.Server
	authority []byte

	mu   sync.Mutex
	held map[string]*mirrored
}

// mirrored is one of them. With a lie that is no registry, it answers that.
type mirrored struct {
	service *apiserver.Server
	last    registry.Snapshot
	lie     []byte
}

func newRegistries(t *testing.T) *registries {
	t.Helper()
	p := &registries{t: t, held: map[string]*mirrored{}}
	p.web, p.authority = listen(t, p)
	return p
}

func (p *registries) source(id string) v1alpha1.Source {
	return v1alpha1.Source{Type: v1alpha1.SourceTypeAPI, API: &v1alpha1.APISource{Endpoint: p.web.URL + "/" + id}}
}

func (p *registries) put(id string, file []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.held[id]
	if m == nil {
		m = &mirrored{service: apiserver.New(apiserver.Options{})}
		p.held[id] = m
	}
	catalog, err := format.Parse(format.ToolHive, file)
	if m.lie = nil; err != nil {
		m.lie = file
		return
	}
	next, _, err := registry.Build(catalog.Servers, m.last, time.Now())
	require.NoError(p.t, err)
	require.NoError(p.t, m.service.Load(next))
	m.last = next
}

// ServeHTTP implements [http.Handler].
func (p *registries) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, rest := first(r.URL.Path)
	if p.answer(id, w, r) {
		return
	}
	p.mu.Lock()
	m := p.held[id]
	lie := m.lie
	p.mu.Unlock()
	if lie != nil {
		_, _ = w.Write(lie)
		return
	}
	r.URL.Path = rest
	m.service.Handler().ServeHTTP(w, r)
}

// repositories are one repository, in which each source has a file and, by
// another path to it, a mood.
type repositories struct {
	moods
	server *gitserver.Server
}

func newRepositories(t *testing.T) *repositories {
	t.Helper()
	p := &repositories{server: gitserver.New(t)}
	p.server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		id, rest := first(r.URL.Path)
		r.URL.Path = rest
		return p.answer(id, w, r)
	})
	return p
}

func (p *repositories) source(id string) v1alpha1.Source {
	address := strings.Replace(p.server.URL(), "/registry.git", "/"+id+"/registry.git", 1)
	return v1alpha1.Source{
		Type: v1alpha1.SourceTypeGit, Format: v1alpha1.FormatToolHive,
		Git: &v1alpha1.GitSource{Repository: address, Branch: "main", Path: id + "/registry.json"},
	}
}

func (p *repositories) put(id string, file []byte) {
	p.server.Commit(id+"/registry.json", string(file))
}

// artifacts are in a container registry, one repository each.
type artifacts struct {
	moods
	server *ociserver.Server
}

func newArtifacts(t *testing.T) *artifacts {
	t.Helper()
	p := &artifacts{server: ociserver.New(t)}
	p.server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		_, rest := first(r.URL.Path) // behind /v2
		id, _ := first(rest)
		if p.is(id, spoiled) && r.Method == http.MethodGet && strings.Contains(rest, "/blobs/") {
			p.requests.Add(1)
			p.bad.Add(1)
			_, _ = w.Write([]byte(`{"servers":{}}`))
			return true
		}
		return p.answer(id, w, r)
	})
	return p
}

func (p *artifacts) source(id string) v1alpha1.Source {
	return v1alpha1.Source{
		Type: v1alpha1.SourceTypeOCI, Format: v1alpha1.FormatToolHive,
		OCI: &v1alpha1.OCISource{Reference: p.server.Host() + "/" + id + ":latest"},
	}
}

func (p *artifacts) put(id string, file []byte) {
	p.server.Push(id, "latest", ociserver.Layer{Title: v1alpha1.DefaultFile, Data: file})
}

func (p *artifacts) troubles() []string { return append(p.moods.troubles(), spoiled) }
