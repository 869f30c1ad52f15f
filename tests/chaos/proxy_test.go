package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// proxy stands between the operator and the Kubernetes API and loses things.
type proxy struct {
	chance *chance
	behind *httputil.ReverseProxy
	// Kubeconfig leads through the proxy.
	Kubeconfig string

	storm    atomic.Bool
	requests atomic.Int64
	writes   atomic.Int64
	flips    atomic.Int64

	mu     sync.Mutex
	counts map[string]int
	// fatal is the number of the write at which kill is called; after it was
	// carried out, or before.
	fatal     int64
	afterward bool
	kill      func()
}

func newProxy(t *testing.T, c *cluster.Cluster, chance *chance) *proxy {
	t.Helper()
	transport, err := rest.TransportFor(c.Config)
	require.NoError(t, err)
	target, err := url.Parse(c.Config.Host)
	require.NoError(t, err)
	p := &proxy{chance: chance, counts: map[string]int{}}
	p.behind = &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport, FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0),
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	web := httptest.NewUnstartedServer(p)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.Start()
	// A watch would keep Close waiting.
	t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	p.Kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	config := clientcmdapi.NewConfig()
	config.Clusters["chaos"] = &clientcmdapi.Cluster{Server: web.URL}
	config.Contexts["chaos"] = &clientcmdapi.Context{Cluster: "chaos"}
	config.CurrentContext = "chaos"
	require.NoError(t, clientcmd.WriteToFile(*config, p.Kubeconfig))
	return p
}

// killAt arms the proxy: kill is called at one of the next writes.
func (p *proxy) killAt(within int, kill func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fatal, p.afterward, p.kill = p.writes.Load()+1+int64(p.chance.below(within)), p.chance.in(50), kill
}

func (p *proxy) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[what]++
}

// faults are how many there were, and of which kinds.
func (p *proxy) faults() (total int, told string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(p.counts)) {
		total += p.counts[kind]
		kinds = append(kinds, fmt.Sprintf("%d %s", p.counts[kind], kind))
	}
	return total, strings.Join(kinds, ", ")
}

// ServeHTTP implements [http.Handler].
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.requests.Add(1)
	write := r.Method != http.MethodGet
	if write {
		number := p.writes.Add(1)
		p.mu.Lock()
		kill, afterward := p.kill, p.afterward
		if now := p.fatal == number; !now {
			kill = nil
		}
		p.mu.Unlock()
		if kill != nil {
			if afterward {
				p.forward(httptest.NewRecorder(), r)
			}
			kill()
			panic(http.ErrAbortHandler)
		}
	}
	switch {
	case !p.storm.Load():
		p.forward(w, r)
	case r.URL.Query().Get("watch") != "":
		p.watch(w, r)
	case write:
		p.write(w, r)
	default:
		p.read(w, r)
	}
}

// forward carries a request out.
func (p *proxy) forward(w http.ResponseWriter, r *http.Request) {
	p.behind.ServeHTTP(w, r)
	if r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "-registry-storage") {
		p.flips.Add(1)
	}
}

// watch breaks off at some time.
func (p *proxy) watch(w http.ResponseWriter, r *http.Request) {
	if p.chance.in(10) {
		p.refuse(w, http.StatusInternalServerError, metav1.StatusReasonInternalError)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), p.chance.between(time.Second, 30*time.Second))
	defer cancel()
	defer func() {
		if ctx.Err() != nil && r.Context().Err() == nil {
			p.note("watches dropped")
		}
	}()
	p.forward(w, r.WithContext(ctx))
}

// write fails in some way, in half of them after it was carried out.
func (p *proxy) write(w http.ResponseWriter, r *http.Request) {
	switch p.chance.below(100) {
	case 0:
		p.refuse(w, http.StatusConflict, metav1.StatusReasonConflict)
	case 1:
		p.refuse(w, http.StatusInternalServerError, metav1.StatusReasonInternalError)
	case 2:
		p.late(w, r)
	case 3:
		p.cut()
	case 4:
		p.forward(httptest.NewRecorder(), r)
		p.note("answers replaced after the write")
		p.refuse(w, http.StatusInternalServerError, metav1.StatusReasonInternalError)
	case 5:
		p.forward(httptest.NewRecorder(), r)
		p.note("answers lost after the write")
		p.cut()
	case 6:
		p.busy(w)
	case 7:
		p.slow(w, r)
	default:
		p.forward(w, r)
	}
}

func (p *proxy) read(w http.ResponseWriter, r *http.Request) {
	switch p.chance.below(100) {
	case 0, 1:
		p.refuse(w, http.StatusInternalServerError, metav1.StatusReasonInternalError)
	case 2:
		p.late(w, r)
	case 3:
		p.cut()
	case 4:
		p.busy(w)
	case 5:
		p.slow(w, r)
	default:
		p.forward(w, r)
	}
}

// late is a time-out: nothing happens, and then it is said.
func (p *proxy) late(w http.ResponseWriter, r *http.Request) {
	wait(r.Context(), p.chance.between(500*time.Millisecond, 3*time.Second))
	p.refuse(w, http.StatusGatewayTimeout, metav1.StatusReasonTimeout)
}

func (p *proxy) slow(w http.ResponseWriter, r *http.Request) {
	p.note("requests delayed")
	wait(r.Context(), p.chance.between(50*time.Millisecond, time.Second))
	p.forward(w, r)
}

func (p *proxy) busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	p.refuse(w, http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests)
}

func (p *proxy) cut() {
	p.note("connections cut")
	panic(http.ErrAbortHandler)
}

func (p *proxy) refuse(w http.ResponseWriter, code int, reason metav1.StatusReason) {
	p.note(fmt.Sprintf("answers %d", code))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Message: "chaos", Reason: reason, Code: int32(code),
	})
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
