package telemetry_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/telemetry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// service is an API server with its metrics, both over HTTP.
type service struct {
	*apiserver.Server
	metrics     *telemetry.Metrics
	api, scrape string
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{}
	s.metrics = telemetry.New("v1.2.3", func() int64 { return s.InFlight() }, func() time.Time { return noon.Add(time.Minute) })
	s.Server = apiserver.New(apiserver.Options{RegistryName: "team", Observe: s.metrics.Observe})
	api, metrics := httptest.NewServer(s.Handler()), httptest.NewServer(s.metrics.Handler())
	t.Cleanup(api.Close)
	t.Cleanup(metrics.Close)
	s.api, s.scrape = api.URL, metrics.URL+"/metrics"
	return s
}

// load loads a snapshot of one server, as package reload does.
func (s *service) load(t *testing.T, server string) registry.Snapshot {
	t.Helper()
	raw := fmt.Appendf(nil, `{"description":"d","name":%q,"version":"1"}`, server)
	snapshot, _, err := registry.Build([]registry.Server{{Name: server, Version: "1", JSON: raw}}, registry.Snapshot{}, noon)
	require.NoError(t, err)
	require.NoError(t, s.Load(snapshot))
	s.metrics.Loaded(storage.Manifest{
		Digest: snapshot.Digest, Servers: 1, Size: int64(len(snapshot.Content)), PublishedAt: noon,
	}, 3*time.Second)
	return snapshot
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func (s *service) scraped(t *testing.T) string {
	t.Helper()
	status, body := get(t, s.scrape)
	require.Equal(t, http.StatusOK, status, body)
	return body
}

func TestRequestsAreCounted(t *testing.T) {
	s := newService(t)
	get(t, s.api+"/v0.1/servers")
	s.load(t, "io.acme/a")
	_, page := get(t, s.api+"/v0.1/servers")
	get(t, s.api+"/v0.1/servers?limit=7")
	get(t, s.api+"/v0.1/servers?limit=no")
	for _, made := range []string{"/up", "/"} {
		get(t, s.api+"/"+strings.Repeat("x", 50)+made)
	}
	got := s.scraped(t)
	for why, line := range map[string]string{
		"before the first snapshot": `requests_total{code="503",route="list"} 1`,
		"answered":                  `requests_total{code="200",route="list"} 2`,
		"a mistake of the client":   `requests_total{code="400",route="list"} 1`,
		"paths that a client made":  `requests_total{code="404",route="none"} 2`,
		"latency by route":          `request_duration_seconds_count{route="list"} 4`,
		"nobody is waiting":         `requests_in_flight 0`,
		"which program":             `build_info{version="v1.2.3"} 1`,
	} {
		require.Contains(t, got, "\nmcp_registry_api_"+line+"\n", why)
	}
	require.Contains(t, got, `response_bytes_total{route="list"}`)
	require.NotEmpty(t, page)
	require.NotContains(t, got, "xxx", "a client makes no labels")
	require.Contains(t, got, "\ngo_goroutines ", "the runtime's own")
	require.Contains(t, got, "\nprocess_resident_memory_bytes ", "the process's own")
}

func TestSnapshotIsTheServedOne(t *testing.T) {
	s := newService(t)
	got := s.scraped(t)
	require.NotContains(t, got, "snapshot_info{", "there is none yet")
	require.NotContains(t, got, "snapshot_age_seconds ", "nothing has no age")

	first := s.load(t, "io.acme/a")
	second := s.load(t, "io.acme/other")
	got = s.scraped(t)
	require.NotContains(t, got, string(first.Digest), "the series of what was before is gone")
	for _, line := range []string{
		fmt.Sprintf("snapshot_info{digest=%q} 1", second.Digest),
		"snapshot_servers 1",
		fmt.Sprintf("snapshot_size_bytes %d", len(second.Content)),
		"snapshot_age_seconds 60",
		"snapshot_loaded_timestamp_seconds 1.76735526e+09",
		"snapshot_load_duration_seconds_count 2",
		"snapshot_load_duration_seconds_sum 6",
		"reload_failing 0",
		"reload_failures_total 0",
	} {
		require.Contains(t, got, "\nmcp_registry_api_"+line+"\n")
	}

	s.metrics.Failed(errors.New("no such ConfigMap"))
	got = s.scraped(t)
	require.Contains(t, got, "reload_failing 1\n")
	require.Contains(t, got, "reload_failures_total 1\n")
	require.Contains(t, got, string(second.Digest), "what is loaded is served")
	s.metrics.Failed(nil)
	got = s.scraped(t)
	require.Contains(t, got, "reload_failing 0\n")
	require.Contains(t, got, "reload_failures_total 1\n")
}

func TestMetricsStayOnTheirOwnPort(t *testing.T) {
	s := newService(t)
	s.load(t, "io.acme/a")
	status, body := get(t, s.api+"/metrics")
	require.Equal(t, http.StatusNotFound, status)
	require.NotContains(t, body, "mcp_registry_api_")
	status, _ = get(t, strings.TrimSuffix(s.scrape, "/metrics")+"/v0.1/servers")
	require.Equal(t, http.StatusNotFound, status, "nor does the other port serve the registry")
}

// Whatever is observed, the number of series is bounded.
func TestSeriesAreBounded(t *testing.T) {
	s := newService(t)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			for _, status := range []int{0, 99, 200, 600} {
				s.metrics.Observe(nil, apiserver.Observation{Route: fmt.Sprintf("route-%d", i), Status: status, Bytes: 1})
			}
		})
	}
	all.Wait()
	got := s.scraped(t)
	require.Less(t, strings.Count(got, "response_bytes_total{"), 70)
	require.Contains(t, got, `code="unknown"`)
	require.NotContains(t, got, `code="600"`)
}

func TestAddresses(t *testing.T) {
	for address, good := range map[string]bool{
		":9090": true, "127.0.0.1:0": true, "[::1]:9090": true, telemetry.Off: true, "9090": false, "": false,
	} {
		require.Equal(t, good, telemetry.CheckAddress(address) == nil, address)
	}
	m := newService(t).metrics
	require.NoError(t, m.Serve(t.Context(), telemetry.Off, nil))
	require.ErrorContains(t, m.Serve(t.Context(), "no-such-host.invalid:1", nil), "no-such-host.invalid")
}

// BenchmarkObserve is what the metrics cost a request.
func BenchmarkObserve(b *testing.B) {
	m := telemetry.New("v", func() int64 { return 0 }, time.Now)
	for _, route := range []string{"none", "home", "health", "readiness", "openapi", "ping", "version", "versions", "server"} {
		m.Observe(nil, apiserver.Observation{Route: route, Status: 200})
	}
	request := httptest.NewRequest(http.MethodGet, "/v0.1/servers", nil)
	o := apiserver.Observation{Route: "list", Status: 200, Bytes: 30_000, Took: 80 * time.Microsecond}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Observe(request, o)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				m.Observe(request, o)
			}
		})
	})
}
