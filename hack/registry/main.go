// Command registry is a container registry on loopback for trying a release out. It
// asks nobody who they are, and forgets everything when it ends.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:5000", "loopback address to listen on")
	flag.Parse()
	if err := serve(*listen); err != nil {
		fmt.Fprintf(os.Stderr, "registry: %v\n", err)
		os.Exit(1)
	}
}

func serve(address string) error {
	// Everybody may write: it must not be reached from elsewhere.
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() {
		return fmt.Errorf("--listen %q must be a loopback address and a port: this registry asks for no login", address)
	}
	fmt.Printf("registry on %s, until it is stopped\n", at)
	server := &http.Server{
		Addr:              at.String(),
		Handler:           registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))),
		ReadHeaderTimeout: 10 * time.Second,
	}
	return server.ListenAndServe()
}
