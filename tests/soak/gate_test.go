package soak

import (
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"
)

// gate stands between the API service and the Kubernetes API. Shut, it is a
// network that is gone: connections end and new ones are refused.
type gate struct {
	address, behind string

	mu    sync.Mutex
	open  net.Listener
	conns []net.Conn
}

// newGate returns an open gate and a kubeconfig that leads through it.
func newGate(t *testing.T, kubeconfig string) (*gate, string) {
	t.Helper()
	config, err := clientcmd.LoadFromFile(kubeconfig)
	require.NoError(t, err)
	g := &gate{address: "127.0.0.1:0"}
	for _, c := range config.Clusters {
		server, err := url.Parse(c.Server)
		require.NoError(t, err)
		g.behind = server.Host
		g.Open()
		c.Server = "https://" + g.address
	}
	through := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, through))
	t.Cleanup(g.Shut)
	return g, through
}

// Open panics when its port was taken meanwhile, which ends the test.
func (g *gate) Open() {
	listener, err := net.Listen("tcp", g.address)
	if err != nil {
		panic(err)
	}
	g.mu.Lock()
	g.open, g.address = listener, listener.Addr().String()
	g.mu.Unlock()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go g.pass(conn)
		}
	}()
}

func (g *gate) pass(conn net.Conn) {
	defer conn.Close()
	behind, err := net.Dial("tcp", g.behind)
	if err != nil {
		return
	}
	defer behind.Close()
	g.mu.Lock()
	g.conns = append(g.conns, conn)
	g.mu.Unlock()
	go func() {
		_, _ = io.Copy(behind, conn)
		_ = behind.Close()
	}()
	_, _ = io.Copy(conn, behind)
}

func (g *gate) Shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.open.Close()
	for _, conn := range g.conns {
		_ = conn.Close()
	}
	g.conns = nil
}
