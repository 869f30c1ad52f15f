package limit

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is a limiter's clock that a test moves.
type clock struct{ at atomic.Int64 }

func (c *clock) move(d time.Duration) { c.at.Add(int64(d)) }

func newLimiter(t testing.TB, c Config) (*Limiter, *clock) {
	t.Helper()
	l, err := New(c)
	require.NoError(t, err)
	k := &clock{}
	k.move(time.Hour)
	l.now = func() time.Duration { return time.Duration(k.at.Load()) }
	return l, k
}

func from(peer string, forwarded ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/v0.1/servers", nil)
	r.RemoteAddr = peer
	if len(forwarded) > 0 {
		r.Header["X-Forwarded-For"] = forwarded
	}
	return r
}

func TestBurstThenRate(t *testing.T) {
	l, k := newLimiter(t, Config{RequestsPerSecond: 10, Burst: 20})
	a, b := from("192.0.2.1:1000"), from("192.0.2.2:1000")
	for i := range 20 {
		require.Nil(t, l.Check(a), "request %d of the burst", i)
	}
	refusal := l.Check(a)
	require.NotNil(t, refusal)
	require.Equal(t, http.StatusTooManyRequests, refusal.Status)
	require.Equal(t, "1", refusal.Header.Get("Retry-After"))
	require.Contains(t, refusal.Detail, "10 per second")
	require.Nil(t, l.Check(b), "another client is not concerned")

	k.move(100 * time.Millisecond)
	require.Nil(t, l.Check(a), "a tenth of a second buys one request")
	require.NotNil(t, l.Check(a), "and not two")
	k.move(time.Hour)
	for range 20 {
		require.Nil(t, l.Check(a), "after a pause the burst is back")
	}
	require.NotNil(t, l.Check(a), "and no more than the burst, however long the pause")
}

func TestRetryAfterIsEnough(t *testing.T) {
	l, k := newLimiter(t, Config{RequestsPerSecond: 1, Burst: 1})
	r := from("192.0.2.1:1")
	require.Nil(t, l.Check(r))
	for range 5 { // a client that knocks while it waits does not wait longer
		require.NotNil(t, l.Check(r))
	}
	seconds, err := strconv.Atoi(l.Check(r).Header.Get("Retry-After"))
	require.NoError(t, err)
	k.move(time.Duration(seconds) * time.Second)
	require.Nil(t, l.Check(r))
}

func TestDefaultsAndNonsense(t *testing.T) {
	l, err := New(Config{RequestsPerSecond: 5})
	require.NoError(t, err)
	require.Equal(t, 2*int64(time.Second), l.most, "the burst is twice the rate")
	_, err = New(Config{})
	require.Error(t, err, "no rate is no limit")
	_, err = New(Config{RequestsPerSecond: 5, Burst: 4})
	require.Error(t, err)
}

func TestClient(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, c := range map[string]struct {
		why       string
		proxies   []netip.Prefix
		peer      string
		forwarded []string
		want      string
	}{
		"peer":            {why: "the address of the connection", peer: "192.0.2.1:80", want: "192.0.2.1"},
		"mapped":          {why: "a dual-stack socket must not make two clients of one", peer: "[::ffff:192.0.2.1]:80", want: "192.0.2.1"},
		"IPv6":            {why: "a client of IPv6 has a whole network of addresses", peer: "[2001:db8:1:2:3:4:5:6]:80", want: "2001:db8:1:2::"},
		"zone":            {why: "a zone is no other client", peer: "[fe80::1%eth0]:80", want: "fe80::"},
		"nobody trusted":  {why: "anybody can write the header", peer: "10.0.0.1:80", forwarded: []string{"1.2.3.4"}, want: "10.0.0.1"},
		"stranger":        {why: "only proxies are believed", proxies: proxies, peer: "192.0.2.1:80", forwarded: []string{"1.2.3.4"}, want: "192.0.2.1"},
		"proxy":           {why: "the proxy names its client", proxies: proxies, peer: "10.0.0.1:80", forwarded: []string{"192.0.2.9"}, want: "192.0.2.9"},
		"proxy over IPv6": {why: "addresses of both kinds mix", proxies: proxies, peer: "[fd00::1]:80", forwarded: []string{"192.0.2.9"}, want: "192.0.2.9"},
		"two proxies":     {why: "each appends whom it saw", proxies: proxies, peer: "10.0.0.1:80", forwarded: []string{"192.0.2.9, 10.1.1.1"}, want: "192.0.2.9"},
		"two lines":       {why: "some proxies append a line", proxies: proxies, peer: "10.0.0.1:80", forwarded: []string{"192.0.2.9", "10.1.1.1"}, want: "192.0.2.9"},
		"made up":         {why: "what stands left of a stranger is the stranger's word", proxies: proxies, peer: "10.0.0.1:80", forwarded: []string{"1.2.3.4, 192.0.2.9"}, want: "192.0.2.9"},
		"no header":       {why: "the proxy itself, for its health checks", proxies: proxies, peer: "10.0.0.1:80", want: "10.0.0.1"},
		"nonsense":        {why: "a broken header hides nobody behind others", proxies: proxies, peer: "10.0.0.1:80", forwarded: []string{"1.2.3.4, unknown"}, want: "10.0.0.1"},
		"with ports":      {why: "some proxies name ports too", proxies: proxies, peer: "10.0.0.1:80", forwarded: []string{"[2001:db8::1]:443"}, want: "2001:db8::"},
		"all trusted":     {why: "a client within the proxies' network", proxies: proxies, peer: "10.0.0.1:80", forwarded: []string{"10.2.2.2, 10.1.1.1"}, want: "10.2.2.2"},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := newLimiter(t, Config{RequestsPerSecond: 1, TrustedProxies: c.proxies})
			require.Equal(t, netip.MustParseAddr(c.want), l.client(from(c.peer, c.forwarded...)), c.why)
		})
	}
	l, _ := newLimiter(t, Config{RequestsPerSecond: 1})
	require.Equal(t, netip.Addr{}, l.client(from("@")), "who has no address is one client too")
}

// TestManyClients: more clients than there is room for are all served, and one
// that is over its limit stays so for all that.
func TestManyClients(t *testing.T) {
	l, _ := newLimiter(t, Config{RequestsPerSecond: 10, Burst: 10})
	greedy := from("192.0.2.1:1")
	for l.Check(greedy) == nil {
	}
	for i := range 4 * sets * ways {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		require.Zero(t, l.table.take(addr, int64(l.now()), l.cost, l.most))
	}
	require.NotNil(t, l.Check(greedy), "clients with a smaller debt are forgotten first")
}

func TestConcurrent(t *testing.T) {
	const clients, each = 8, 500
	l, _ := newLimiter(t, Config{RequestsPerSecond: 100, Burst: 100})
	var allowed atomic.Int64
	var done sync.WaitGroup
	for c := range clients {
		r := from(fmt.Sprintf("192.0.2.%d:1", c))
		for range 2 {
			done.Go(func() {
				for range each {
					if l.Check(r) == nil {
						allowed.Add(1)
					}
				}
			})
		}
	}
	done.Wait()
	require.EqualValues(t, clients*100, allowed.Load(), "each client has exactly its burst while time stands still")
}

func BenchmarkCheck(b *testing.B) {
	l, err := New(Config{RequestsPerSecond: 100000, Burst: 1000000})
	require.NoError(b, err)
	b.ReportAllocs()
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		r := from(fmt.Sprintf("192.0.2.%d:1000", next.Add(1)))
		for pb.Next() {
			l.Check(r)
		}
	})
}
