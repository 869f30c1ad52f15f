package egress

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNamesThatResolveToForbiddenAddresses: a domain belongs to whoever pays for
// it, and its owner says what it resolves to.
func TestNamesThatResolveToForbiddenAddresses(t *testing.T) {
	w := newTwins(t)
	for address, why := range map[string]string{
		"127.0.0.1":                  "loopback",
		"127.255.255.254":            "all of it is loopback",
		"::1":                        "loopback of IPv6",
		"::ffff:127.0.0.1":           "mapped, as an AAAA record",
		"0.0.0.0":                    "Linux connects it to loopback",
		"::":                         "Linux connects it to loopback",
		"::ffff:0.0.0.0":             "unspecified, mapped",
		"169.254.169.254":            "the metadata service",
		"fe80::1":                    "link-local of IPv6",
		"fd00:ec2::254":              "the metadata service of EC2 over IPv6",
		"100.100.100.200":            "the metadata service of Alibaba",
		"64:ff9b::7f00:1":            "loopback, through NAT64",
		"64:ff9b::a9fe:a9fe":         "the metadata service, through NAT64",
		"2002:7f00:1::":              "loopback, through 6to4",
		"::ffff:0:a9fe:a9fe":         "the metadata service, translated",
		"::127.0.0.1":                "loopback, compatible",
		"255.255.255.255":            "broadcast",
		"fd12::5efe:169.254.169.254": "the metadata service, through ISATAP",
	} {
		t.Run(address, func(t *testing.T) {
			policy := Policy{AllowHTTP: true, resolver: lookups{"evil.example": always(address)}.start(t)}
			_, err := get(t, policy.Client(), w.url("evil.example"))
			require.ErrorIs(t, err, ErrNotAllowed, why)
			require.Zero(t, w.forbidden.Load(), why)
		})
	}
}

// TestMixedAnswer: of a name's addresses, only the allowed ones are connected to,
// in whichever order they come.
func TestMixedAnswer(t *testing.T) {
	w := newTwins(t)
	for name, answer := range map[string][]string{
		"forbidden first": {"127.0.0.1", w.allowed}, "forbidden last": {w.allowed, "127.0.0.1"}, "of both kinds": {"::1", w.allowed},
	} {
		t.Run(name, func(t *testing.T) {
			policy := Policy{AllowHTTP: true, resolver: lookups{"mixed.example": always(answer...)}.start(t)}
			before := len(w.reached)
			_, err := get(t, policy.Client(), w.url("mixed.example"))
			require.NoError(t, err)
			require.Len(t, w.reached, before+1)
			require.Zero(t, w.forbidden.Load())
		})
	}
}

// TestRebinding: a name that resolves to an allowed address when somebody checks
// it, and to loopback a moment later. What counts is the address that is dialed.
func TestRebinding(t *testing.T) {
	w := newTwins(t)
	for name, flip := range map[string]func(n int) []string{
		"after the first": func(n int) []string {
			if n == 1 {
				return []string{w.allowed}
			}
			return []string{"127.0.0.1"}
		},
		"each time": func(n int) []string { return []string{[]string{"127.0.0.1", w.allowed}[n%2]} },
	} {
		t.Run(name, func(t *testing.T) {
			client := Policy{AllowHTTP: true, resolver: lookups{"rebind.example": flip}.start(t)}.Client()
			allowed := 0
			for range 20 {
				_, err := get(t, client, w.url("rebind.example"))
				if err == nil {
					allowed++
				} else {
					require.ErrorIs(t, err, ErrNotAllowed)
				}
				client.CloseIdleConnections()
				require.Zero(t, w.forbidden.Load())
			}
			require.Positive(t, allowed, "otherwise nothing was rebound")
			require.Less(t, allowed, 20)
		})
	}
}

// TestRedirectsFromAnAllowedServer: the first hop is what the spec names, the
// second what its owner likes.
func TestRedirectsFromAnAllowedServer(t *testing.T) {
	w := newTwins(t)
	names := lookups{"good.example": always(w.allowed), "evil.example": always("127.0.0.1"), "evil6.example": always("::1")}
	client := Policy{AllowHTTP: true, resolver: names.start(t)}.Client()
	for _, host := range []string{
		"127.0.0.1", "localhost", "localhost.", "evil.example", "evil6.example", "EVIL.example.", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0",
		"0.0.0.0", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1",
	} {
		t.Run(host, func(t *testing.T) {
			w.redirect = w.url(host)
			before := len(w.reached)
			_, err := get(t, client, w.url("good.example"))
			require.Error(t, err)
			require.Zero(t, w.forbidden.Load())
			require.Len(t, w.reached, before+1)
			require.ErrorIs(t, err, ErrNotAllowed)
		})
	}
	w.redirect = ""
	_, err := get(t, client, w.url("good.example"))
	require.NoError(t, err, "otherwise the cases above prove nothing")
}

// TestUnknownName: a name that does not resolve is not refused; it may come.
func TestUnknownName(t *testing.T) {
	policy := Policy{AllowHTTP: true, resolver: lookups{}.start(t)}
	_, err := get(t, policy.Client(), "http://nowhere.example/")
	var dns *net.DNSError
	require.True(t, errors.As(err, &dns) && dns.IsNotFound, "%v", err)
	require.NotErrorIs(t, err, ErrNotAllowed)
}

// TestEndlessHeader: a server cannot fill the memory before its body begins.
func TestEndlessHeader(t *testing.T) {
	listener := listen(t, "127.0.0.1:0")
	t.Cleanup(func() { _ = listener.Close() })
	written := make(chan int, 1)
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		defer connection.Close()
		_, _ = http.ReadRequest(bufio.NewReader(connection))
		total, _ := connection.Write([]byte("HTTP/1.1 200 OK\r\n"))
		for line := []byte("X-More: " + strings.Repeat("x", 1000) + "\r\n"); err == nil && total < 1<<30; {
			var n int
			n, err = connection.Write(line)
			total += n
		}
		written <- total
	}()
	_, err := get(t, Policy{AllowHTTP: true, AllowLoopback: true}.Client(), "http://"+listener.Addr().String())
	require.ErrorContains(t, err, "headers exceeded")
	require.Less(t, <-written, 64<<20)
}
