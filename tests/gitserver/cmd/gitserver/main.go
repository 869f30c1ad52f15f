// Command gitserver serves all bare repositories below a folder over HTTPS with
// a fresh self-signed certificate. Whoever connects has to trust the ca.crt
// that it writes; it is another one after each start.
package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// hostList collects a flag that may be repeated or hold commas.
type hostList []string

func (h *hostList) String() string { return strings.Join(*h, ",") }

func (h *hostList) Set(value string) error {
	*h = append(*h, strings.Split(value, ",")...)
	return nil
}

func main() {
	hosts := hostList{}
	listen := flag.String("listen", "127.0.0.1:8443", "address and port to serve at")
	dir := flag.String("dir", ".", "folder with the bare repositories; each is served at its path below it")
	tlsDir := flag.String("tls-dir", ".", "folder to write ca.crt to")
	flag.Var(&hosts, "host", "name or IP address that clients connect to; may be repeated (default: that of --listen)")
	flag.Parse()
	if err := run(*listen, *dir, *tlsDir, hosts); err != nil {
		fmt.Fprintln(os.Stderr, "gitserver:", err)
		os.Exit(1)
	}
}

func run(listen, dir, tlsDir string, hosts []string) error {
	handler, err := gitserver.Handler(dir)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen at %q: %w", listen, err)
	}
	if len(hosts) == 0 {
		hosts = []string{listener.Addr().(*net.TCPAddr).IP.String()}
	}
	certificate, authority, err := gitserver.Certificate(hosts...)
	if err != nil {
		return err
	}
	if err := writeAuthority(tlsDir, authority); err != nil {
		return err
	}
	fmt.Printf("serving %s at https://%s for %s\n", dir, listener.Addr(), strings.Join(hosts, ", "))
	server := &http.Server{
		Handler:           handler,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: 10 * time.Second,
	}
	if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// writeAuthority replaces ca.crt at once, so that a waiting script never reads half of it.
func writeAuthority(dir string, authority []byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make %q: %w", dir, err)
	}
	path := filepath.Join(dir, "ca.crt")
	if err := os.WriteFile(path+".new", authority, 0o644); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	return nil
}
