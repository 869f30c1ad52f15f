package limit

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// v6Bits is the size of the network that one client of IPv6 has for itself.
const v6Bits = 64

// client returns the address that a request is counted for.
//
// X-Forwarded-For grows to the right, by one address for each proxy. So it is
// read from the right, for as long as the next address was written by a trusted
// proxy; what stands further left anybody may have made up.
func (l *Limiter) client(r *http.Request) netip.Addr {
	client := parseAddr(r.RemoteAddr)
	if len(l.proxies) == 0 {
		return network(client)
	}
	for _, line := range slices.Backward(r.Header["X-Forwarded-For"]) {
		for rest, more := line, true; more; {
			if !l.trusted(client) {
				return network(client)
			}
			var named netip.Addr
			rest, named, more = cutLast(rest)
			if !named.IsValid() {
				return network(client) // the trusted proxy itself is the last who is known
			}
			client = named
		}
	}
	return network(client)
}

// cutLast takes the last address off a comma-separated list.
func cutLast(list string) (rest string, last netip.Addr, more bool) {
	i := strings.LastIndexByte(list, ',')
	if i < 0 {
		return "", parseAddr(strings.TrimSpace(list)), false
	}
	return list[:i], parseAddr(strings.TrimSpace(list[i+1:])), true
}

func (l *Limiter) trusted(addr netip.Addr) bool {
	for _, proxy := range l.proxies {
		if proxy.Contains(addr) {
			return true
		}
	}
	return false
}

// parseAddr reads an address with or without a port; the zero address if it is
// neither.
func parseAddr(text string) netip.Addr {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap().WithZone("")
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

func network(addr netip.Addr) netip.Addr {
	if !addr.Is6() {
		return addr
	}
	prefix, err := addr.Prefix(v6Bits)
	if err != nil { // only for a number of bits that no address has
		return addr
	}
	return prefix.Addr()
}
