package egress

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// lookups is a DNS server. It answers a name's n-th question (from 1) with what
// its function returns.
type lookups map[string]func(n int) []string

// always answers the same.
func always(addresses ...string) func(int) []string { return func(int) []string { return addresses } }

// start runs the server until the test ends and returns a resolver that asks it.
func (l lookups) start(t *testing.T) *net.Resolver {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	go l.serve(socket)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

func (l lookups) serve(socket net.PacketConn) {
	asked := map[string]int{}
	buffer := make([]byte, 1500)
	for {
		n, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		l.answer(&m, asked)
		if packed, err := m.Pack(); err == nil {
			_, _ = socket.WriteTo(packed, from)
		}
	}
}

func (l lookups) answer(m *dnsmessage.Message, asked map[string]int) {
	q := m.Questions[0]
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	find, known := l[strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))]
	if !known {
		m.RCode = dnsmessage.RCodeNameError
		return
	}
	key := q.Name.String() + q.Type.String()
	asked[key]++
	header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
	for _, text := range find(asked[key]) {
		addr := netip.MustParseAddr(text)
		switch {
		case q.Type == dnsmessage.TypeA && addr.Is4():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}})
		case q.Type == dnsmessage.TypeAAAA && addr.Is6():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
		}
	}
}

// twins are two servers on the same port: the one on loopback must never be
// reached, the other one may.
type twins struct {
	port      string
	allowed   string // address of the other one
	forbidden atomic.Int32
	mu        sync.Mutex
	reached   []*http.Request
	redirect  string
}

// newTwins skips the test on a machine without a network.
func newTwins(t *testing.T) *twins {
	t.Helper()
	w := &twins{allowed: outerAddress(t)}
	open := listen(t, w.allowed+":0")
	_, w.port, _ = net.SplitHostPort(open.Addr().String())
	serveOn(t, open, w.answer)
	closed := func(http.ResponseWriter, *http.Request) { w.forbidden.Add(1) }
	serveOn(t, listen(t, "127.0.0.1:"+w.port), closed)
	if six, err := net.Listen("tcp", "[::1]:"+w.port); err == nil {
		serveOn(t, six, closed)
	}
	return w
}

func (w *twins) answer(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reached = append(w.reached, r)
	if w.redirect != "" {
		http.Redirect(out, r, w.redirect, http.StatusFound)
	}
}

func (w *twins) url(host string) string { return "http://" + host + ":" + w.port + "/registry.json" }

func outerAddress(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok {
			addr, _ := netip.AddrFromSlice(ip.IP)
			if addr = addr.Unmap(); addr.Is4() && checkAddr(addr) == nil {
				return addr.String()
			}
		}
	}
	t.Skip("this machine has no address but loopback")
	return ""
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("the port is taken by somebody else: %v", err)
	}
	return listener
}

func serveOn(t *testing.T, listener net.Listener, handle http.HandlerFunc) {
	t.Helper()
	server := httptest.NewUnstartedServer(handle)
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
}
