package telemetry

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/status"
)

// patience is how long a scrape waits for the cache, which answers at once but
// for the first moments of the process.
const patience = 5 * time.Second

// attempts are those of one registry.
type attempts struct {
	total  float64
	failed map[string]float64
}

// Metrics are those of all registries. It is a [prometheus.Collector]; nil takes
// attempts and forgets them.
type Metrics struct {
	registries client.Reader
	elected    <-chan struct{}

	mu    sync.Mutex
	syncs map[client.ObjectKey]attempts
}

// New returns the metrics of the registries that a cache knows, from the moment
// on that elected is closed.
func New(registries client.Reader, elected <-chan struct{}) *Metrics {
	return &Metrics{registries: registries, elected: elected, syncs: map[client.ObjectKey]attempts{}}
}

// BuildInfo is a metric that names the version of the operator.
func BuildInfo(version string) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "mcp_registry_operator_build_info", ConstLabels: prometheus.Labels{"version": version},
		Help: "Always 1; the label names the version of the operator. Waiting replicas have it too.",
	}, func() float64 { return 1 })
}

// Attempted counts a sync of a registry, whose status already tells of it; nil is
// no sync.
func (m *Metrics) Attempted(o *v1alpha1.MCPRegistry, a *status.Attempt) {
	if m == nil || a == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := client.ObjectKeyFromObject(o)
	counts, known := m.syncs[key]
	if !known {
		counts.failed = map[string]float64{}
	}
	counts.total++
	if told := meta.FindStatusCondition(o.Status.Conditions, v1alpha1.ConditionSyncSuccessful); a.Err != nil && told != nil {
		counts.failed[told.Reason]++
	}
	m.syncs[key] = counts
}

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, g := range gauges {
		to <- g.desc
	}
	to <- syncs
	to <- failures
}

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	select {
	case <-m.elected:
	default:
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var all v1alpha1.MCPRegistryList
	if err := m.registries.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil {
		return // The cache has not started or is gone, and so is the operator.
	}
	for i := range all.Items {
		collectGauges(&all.Items[i], to)
	}
	m.collectCounters(all.Items, to)
}

// collectCounters also forgets the registries that are gone.
func (m *Metrics) collectCounters(all []v1alpha1.MCPRegistry, to chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := make(map[client.ObjectKey]attempts, len(all))
	for i := range all {
		key := client.ObjectKeyFromObject(&all[i])
		counts, known := m.syncs[key]
		if !known {
			continue
		}
		kept[key] = counts
		to <- prometheus.MustNewConstMetric(syncs, prometheus.CounterValue, counts.total, key.Namespace, key.Name)
		for reason, count := range counts.failed {
			to <- prometheus.MustNewConstMetric(failures, prometheus.CounterValue, count, key.Namespace, key.Name, reason)
		}
	}
	m.syncs = kept
}
