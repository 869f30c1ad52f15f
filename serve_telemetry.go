package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/telemetry"
)

// telemetryOptions are the flags of "serve" that are about watching it.
type telemetryOptions struct {
	metricsAddress string
	accessLog      bool
}

func (o *telemetryOptions) register(fs *flag.FlagSet) {
	fs.StringVar(&o.metricsAddress, "metrics-address", fmt.Sprintf(":%d", v1alpha1.APIMetricsPort),
		"host and port of /metrics, which is not served on --listen-address; 0 turns it off")
	fs.BoolVar(&o.accessLog, "access-log", false, "write a line of JSON to standard output for each request")
}

func (o *telemetryOptions) check() error {
	if err := telemetry.CheckAddress(o.metricsAddress); err != nil {
		return fmt.Errorf("--metrics-address: %w", err)
	}
	return nil
}

// observer returns who is told of each answer; nil if nobody wants to know.
func (o *telemetryOptions) observer(metrics *telemetry.Metrics) func(*http.Request, apiserver.Observation) {
	if !o.accessLog {
		if o.metricsAddress == telemetry.Off {
			return nil
		}
		return metrics.Observe
	}
	access := telemetry.NewAccessLog(os.Stdout)
	return func(r *http.Request, answer apiserver.Observation) {
		metrics.Observe(r, answer)
		access.Observe(r, answer)
	}
}

// serveMetrics serves the metrics until the function that it returns is called,
// so that the last requests of a Pod can still be counted. Without its metrics a
// registry is served all the same.
func serveMetrics(ctx context.Context, address string, metrics *telemetry.Metrics, logger *slog.Logger, errorLog *log.Logger) (stop func()) {
	ctx, stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		if err := metrics.Serve(ctx, address, errorLog); err != nil {
			logger.Error("the registry is served without metrics; give --metrics-address another port, or 0", "error", err)
		}
	}()
	return stop
}

func newMetrics(server func() *apiserver.Server) *telemetry.Metrics {
	return telemetry.New(version, func() int64 { return server().InFlight() }, time.Now)
}
