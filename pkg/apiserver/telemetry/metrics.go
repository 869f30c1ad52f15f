package telemetry

import (
	"maps"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

const (
	namespace = "mcp_registry_api"
	// maxRoutes bounds the series. There are about a dozen routes; more than
	// this would be a fault of the program.
	maxRoutes = 64
	// A status outside of this range is none of HTTP.
	firstStatus, statuses = 100, 500
)

// durations are the bounds of the histogram of requests, in seconds: most
// answers are a copy of bytes and take well below a millisecond.
var durations = []float64{
	0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5,
}

// Metrics are the metrics of one API service. They are safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	snapshot *snapshotMetrics

	requests  *prometheus.CounterVec
	bytes     *prometheus.CounterVec
	durations *prometheus.HistogramVec

	// routes is replaced as a whole when a route is seen for the first time, so
	// that reading it takes no lock.
	routes atomic.Pointer[map[string]*route]
	adding sync.Mutex
}

// route is what an observation of one route adds to, looked up once.
type route struct {
	name     string
	bytes    prometheus.Counter
	duration prometheus.Observer
	requests [statuses]atomic.Pointer[prometheus.Counter]
}

// New returns metrics on a registry of their own, with those of the Go runtime
// and the process. version is the program's, and inFlight says how many requests
// are answered at this moment; now is usually [time.Now].
func New(version string, inFlight func() int64, now func() time.Time) *Metrics {
	m := &Metrics{
		registry: prometheus.NewPedanticRegistry(),
		snapshot: newSnapshotMetrics(now),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "requests_total",
			Help: "Requests answered, by route and HTTP status code.",
		}, []string{"route", "code"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "response_bytes_total",
			Help: "Bytes of response bodies sent, as they went over the wire, by route.",
		}, []string{"route"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "request_duration_seconds", Buckets: durations,
			Help: "Time from the first look at a request to the last write of its answer, by route.",
		}, []string{"route"}),
	}
	m.routes.Store(&map[string]*route{})
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.bytes, m.durations, m.snapshot, m.snapshot.loads, m.snapshot.failures,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Name: "requests_in_flight",
			Help: "Requests that are being answered.",
		}, func() float64 { return float64(inFlight()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Name: "build_info",
			Help:        "Always 1; the label names the version of the program.",
			ConstLabels: prometheus.Labels{"version": version},
		}, func() float64 { return 1 }),
	)
	return m
}

// Gatherer reads the metrics.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Observe counts one answer; it is for [apiserver.Options].
func (m *Metrics) Observe(_ *http.Request, o apiserver.Observation) {
	r := (*m.routes.Load())[o.Route]
	if r == nil {
		r = m.addRoute(o.Route)
	}
	m.counter(r, o.Status).Inc()
	r.bytes.Add(float64(o.Bytes))
	r.duration.Observe(o.Took.Seconds())
}

// addRoute makes the series of a route that is seen for the first time.
func (m *Metrics) addRoute(name string) *route {
	m.adding.Lock()
	defer m.adding.Unlock()
	known := *m.routes.Load()
	if len(known) >= maxRoutes {
		name = "other"
	}
	if r := known[name]; r != nil {
		return r
	}
	r := &route{name: name, bytes: m.bytes.WithLabelValues(name), duration: m.durations.WithLabelValues(name)}
	grown := make(map[string]*route, len(known)+1)
	maps.Copy(grown, known)
	grown[name] = r
	m.routes.Store(&grown)
	return r
}

// counter finds the counter of a route and a status by its place in an array.
// Two that make the same one at a time get the same from the vector.
func (m *Metrics) counter(r *route, status int) prometheus.Counter {
	at := status - firstStatus
	if at < 0 || at >= statuses {
		return m.requests.WithLabelValues(r.name, "unknown")
	}
	if c := r.requests[at].Load(); c != nil {
		return *c
	}
	c := m.requests.WithLabelValues(r.name, strconv.Itoa(status))
	r.requests[at].Store(&c)
	return c
}
