package counts

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"

	corev1 "k8s.io/api/core/v1"
)

// measured is a source of one type, and what reading it costs.
type measured struct {
	name     string
	registry *v1alpha1.MCPRegistry
	policy   egress.Policy
	// put makes a file what the source says.
	put   func(file string)
	costs map[string]line
}

// usual is what Kubernetes is asked of every source that is not in it. A first sync
// creates a chunk, the pointer and five objects of the API service, each of which is
// looked for before. A data change writes chunk, Role (whose fields are taken over
// once), pointer and status; a filter change finds the chunk of an earlier snapshot.
var usual = map[string]string{
	firstSync:    "create 7, event 1, get 9, patch 2",
	unchanged:    "get 1, patch 1",
	dataChange:   "create 1, event 1, get 4, patch 4",
	filterChange: "create 1, event 1, get 4, patch 2",
	restart:      "get 2",
}

// costs puts the requests to a source, in the order of the cases, beside the usual
// ones to Kubernetes.
func costs(toSource ...string) map[string]line {
	all := map[string]line{}
	for i, c := range cases {
		all[c] = line{toSource[i], usual[c]}
	}
	return all
}

func trusting(roots *x509.CertPool) egress.Policy {
	return egress.Policy{AllowLoopback: true, RootCAs: roots}
}

func allSources(t *testing.T, w *world) []measured {
	t.Helper()
	return []measured{configMap(t, w), file(t), repository(t), mirror(t), artifact(t)}
}

func configMap(t *testing.T, w *world) measured {
	source := fixture.Source(namespace, "configmap", "")
	w.Create(t, source)
	expected := costs("none", "none", "none", "none", "none")
	// Its body is read.
	expected[firstSync] = line{"none", "create 7, event 1, get 10, patch 2"}
	expected[dataChange] = line{"none", "create 1, event 1, get 5, patch 4"}
	expected[filterChange] = line{"none", "create 1, event 1, get 5, patch 2"}
	return measured{
		costs: expected,
		name:  "configmap", registry: fixture.FromConfigMap(namespace, "configmap"),
		put: func(file string) {
			cluster.Edit(t, w.Cluster, source, func(cm *corev1.ConfigMap) { cm.Data[v1alpha1.DefaultFile] = file })
		},
	}
}

// held is a file on a web server.
type held struct {
	mu   sync.Mutex
	file string
}

// ServeHTTP implements [http.Handler].
func (h *held) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	tag := `"` + string(registry.DigestOf([]byte(h.file))) + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write([]byte(h.file))
}

func listen(t *testing.T, handler http.Handler) (address string, roots *x509.CertPool) {
	t.Helper()
	web := httptest.NewTLSServer(handler)
	t.Cleanup(web.Close)
	roots = x509.NewCertPool()
	roots.AddCert(web.Certificate())
	return web.URL, roots
}

func file(t *testing.T) measured {
	h := &held{}
	address, roots := listen(t, h)
	return measured{
		costs: costs("GET 1", "GET 1", "GET 1", "GET 1", "none"),
		name:  "http", registry: fixture.FromHTTP(namespace, "http", address+"/registry.json"), policy: trusting(roots),
		put: func(file string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.file = file
		},
	}
}

func repository(t *testing.T) measured {
	server := gitserver.New(t)
	r := fixture.FromGit(namespace, "git", server.URL(), v1alpha1.DefaultFile)
	r.Spec.Source.Format = v1alpha1.FormatToolHive
	return measured{
		costs: costs("GET 1, POST 1", "GET 1", "GET 1, POST 1", "GET 1, POST 1", "none"),
		name:  "git", registry: r, policy: trusting(server.CA()),
		put: func(file string) { server.Commit(v1alpha1.DefaultFile, file) },
	}
}

func mirror(t *testing.T) measured {
	service := apiserver.New(apiserver.Options{})
	address, roots := listen(t, service.Handler())
	var before registry.Snapshot
	expected := costs("GET 2", "GET 1", "GET 3", "GET 2", "none")
	// What is stored is read for the changes, and again for the times.
	expected[dataChange] = line{"GET 3", "create 1, event 1, get 6, patch 4"}
	return measured{
		costs: expected,
		name:  "api", registry: fixture.FromAPI(namespace, "api", address), policy: trusting(roots),
		put: func(file string) {
			catalog, err := format.Parse(format.ToolHive, []byte(file))
			require.NoError(t, err)
			before, _, err = registry.Build(catalog.Servers, before, time.Now())
			require.NoError(t, err)
			require.NoError(t, service.Load(before))
		},
	}
}

func artifact(t *testing.T) measured {
	server := ociserver.New(t)
	return measured{
		costs: costs("GET 2", "HEAD 1", "GET 2, HEAD 1", "GET 2", "none"),
		name:  "oci", registry: fixture.FromOCI(namespace, "oci", server.Host()+"/acme/mcp:v1"), policy: trusting(server.CA()),
		put: func(file string) {
			server.Push("acme/mcp", "v1", ociserver.Layer{Title: v1alpha1.DefaultFile, Data: []byte(file)})
		},
	}
}
