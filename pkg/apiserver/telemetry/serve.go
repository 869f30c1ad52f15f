package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	// Off as an address means that metrics are not served.
	Off = "0"

	scrapeTimeout  = 10 * time.Second
	maxScrapes     = 4
	maxHeaderBytes = 8 << 10
)

// Handler answers GET /metrics, and nothing else.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry:            m.registry,
		MaxRequestsInFlight: maxScrapes,
		Timeout:             scrapeTimeout,
	}))
	return mux
}

// CheckAddress says whether address can be listened on in principle.
func CheckAddress(address string) error {
	if address == Off {
		return nil
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("%q is neither host:port nor %s: %w", address, Off, err)
	}
	return nil
}

// Serve serves the metrics on address until ctx ends. With the address [Off] it
// returns at once.
func (m *Metrics) Serve(ctx context.Context, address string, errorLog *log.Logger) error {
	if address == Off {
		return nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listening for metrics on %q: %w", address, err)
	}
	server := &http.Server{
		Handler:           m.Handler(),
		ReadHeaderTimeout: scrapeTimeout,
		ReadTimeout:       scrapeTimeout,
		WriteTimeout:      2 * scrapeTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          errorLog,
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // nobody waits for a scrape
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving metrics on %s: %w", listener.Addr(), err)
	}
	return nil
}
