package telemetry

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// swaps are the bounds of the histogram of loads, in seconds: from a handful of
// servers to hundreds of thousands on a slow node.
var swaps = []float64{0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}

// loaded is what is known of the snapshot that is served.
type loaded struct {
	digest    string
	servers   int
	bytes     int64
	published time.Time
	at        time.Time
}

// snapshotMetrics are the metrics of the snapshot that is served. Its gauges are
// made when they are asked for, all from one snapshot, so that none remains of
// the one before.
type snapshotMetrics struct {
	now      func() time.Time
	current  atomic.Pointer[loaded]
	failing  atomic.Bool
	loads    prometheus.Histogram
	failures prometheus.Counter
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	snapshotInfo = describe("snapshot_info",
		"Always 1; the label names the digest of the snapshot that is served. Absent before the first one.", "digest")
	snapshotServers = describe("snapshot_servers",
		"Server versions in the snapshot that is served.")
	snapshotBytes = describe("snapshot_size_bytes",
		"Size of the records of the snapshot that is served, before compression.")
	snapshotAge = describe("snapshot_age_seconds",
		"Time since the operator published the snapshot that is served. It also grows while the sources do not change.")
	snapshotLoaded = describe("snapshot_loaded_timestamp_seconds",
		"When the snapshot that is served was swapped in, in seconds since 1970.")
	reloadFailing = describe("reload_failing",
		"1 while the stored registry cannot be followed, else 0. What is loaded is served meanwhile.")
)

func newSnapshotMetrics(now func() time.Time) *snapshotMetrics {
	return &snapshotMetrics{
		now: now,
		loads: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "snapshot_load_duration_seconds", Buckets: swaps,
			Help: "Time from the news of a snapshot to its swap: read, verify, lay out. Its count is the number of swaps.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "reload_failures_total",
			Help: "Times that following the stored registry began to fail, or to fail in another way.",
		}),
	}
}

// Loaded notes that the snapshot of manifest was swapped in, took after it was
// heard of.
func (m *Metrics) Loaded(manifest storage.Manifest, took time.Duration) {
	m.snapshot.loads.Observe(took.Seconds())
	m.snapshot.current.Store(&loaded{
		digest: string(manifest.Digest), servers: manifest.Servers, bytes: manifest.Size,
		published: manifest.PublishedAt, at: m.snapshot.now(),
	})
}

// Failed notes that a failure to follow the stored registry began or changed; nil
// that it is over.
func (m *Metrics) Failed(err error) {
	m.snapshot.failing.Store(err != nil)
	if err != nil {
		m.snapshot.failures.Inc()
	}
}

// Describe implements [prometheus.Collector].
func (s *snapshotMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		snapshotInfo, snapshotServers, snapshotBytes, snapshotAge, snapshotLoaded, reloadFailing,
	} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (s *snapshotMetrics) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	failing := 0.0
	if s.failing.Load() {
		failing = 1
	}
	gauge(reloadFailing, failing)
	now := s.current.Load()
	if now == nil {
		return
	}
	gauge(snapshotInfo, 1, now.digest)
	gauge(snapshotServers, float64(now.servers))
	gauge(snapshotBytes, float64(now.bytes))
	gauge(snapshotLoaded, float64(now.at.UnixMilli())/1000)
	if !now.published.IsZero() {
		// Two clocks are at work; the age of a new snapshot is not below zero.
		gauge(snapshotAge, max(0, s.now().Sub(now.published).Seconds()))
	}
}
