package egress

import (
	"fmt"
	"net/netip"
)

// forbidden lists the ranges that [netip.Addr] has no predicate for.
var forbidden = []struct {
	prefix netip.Prefix
	kind   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "this host"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	// Metadata services outside the link-local range.
	{netip.MustParsePrefix("fd00:ec2::254/128"), "a metadata service"},    // EC2
	{netip.MustParsePrefix("fd20:ce::254/128"), "a metadata service"},     // Google
	{netip.MustParsePrefix("fd00:42::42/128"), "a metadata service"},      // Scaleway
	{netip.MustParsePrefix("100.100.100.200/32"), "a metadata service"},   // Alibaba
	{netip.MustParsePrefix("168.63.129.16/32"), "a metadata service"},     // Azure
	{netip.MustParsePrefix("192.0.0.0/24"), "for protocols, not servers"}, // RFC 6890; Oracle's metadata, too
	{netip.MustParsePrefix("fec0::/10"), "site-local"},
	// Its addresses hold an IPv4 address in disguise, and nobody serves from them.
	{netip.MustParsePrefix("2001::/32"), "Teredo"},
}

// carriers are the IPv6 ranges that carry an IPv4 address, and the bytes where
// it lies. A gateway that translates would deliver such a packet to the inner
// address.
var carriers = []struct {
	prefix netip.Prefix
	at     [][4]int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), [][4]int{last4}}, // NAT64, RFC 6052
	// NAT64 with a local prefix, RFC 8215, whose length only its owner knows. The
	// eighth byte is never part of the address.
	{netip.MustParsePrefix("64:ff9b:1::/48"), [][4]int{last4, {6, 7, 9, 10}, {7, 9, 10, 11}, {9, 10, 11, 12}}},
	{netip.MustParsePrefix("2002::/16"), [][4]int{{2, 3, 4, 5}}}, // 6to4, RFC 3056
	{netip.MustParsePrefix("::/96"), [][4]int{last4}},            // IPv4-compatible, RFC 4291
	{netip.MustParsePrefix("::ffff:0:0:0/96"), [][4]int{last4}},  // IPv4-translated, RFC 2765
}

var last4 = [4]int{12, 13, 14, 15}

// carried returns the IPv4 addresses that addr may stand for.
func carried(addr netip.Addr) []netip.Addr {
	if !addr.Is6() {
		return nil
	}
	bytes := addr.As16()
	pick := func(at [4]int) netip.Addr {
		return netip.AddrFrom4([4]byte{bytes[at[0]], bytes[at[1]], bytes[at[2]], bytes[at[3]]})
	}
	var found []netip.Addr
	for _, c := range carriers {
		if !c.prefix.Contains(addr) {
			continue
		}
		for _, at := range c.at {
			// Where the length is not known, zeros are the padding of another one.
			if inner := pick(at); len(c.at) == 1 || inner.As4()[0] != 0 {
				found = append(found, inner)
			}
		}
	}
	// ISATAP, RFC 5214: the interface is named after its IPv4 address.
	if (bytes[8] == 0 || bytes[8] == 2) && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe {
		found = append(found, pick(last4))
	}
	return found
}

// checkAddr returns an error that names the kind of address if addr must not
// be connected to.
func checkAddr(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if kind := kindOf(addr); kind != "" {
		return fmt.Errorf("address %s is %s: connecting to it is not allowed", addr, kind)
	}
	for _, inner := range carried(addr) {
		if kind := kindOf(inner); kind != "" {
			return fmt.Errorf("address %s carries %s, which is %s: connecting to it is not allowed", addr, inner, kind)
		}
	}
	return nil
}

// kindOf says what a forbidden address is, or "" if it may be used.
func kindOf(addr netip.Addr) string {
	switch {
	case !addr.IsValid():
		return "not valid"
	case addr.IsUnspecified():
		return "unspecified"
	case addr.IsLoopback():
		return "loopback"
	case addr.IsLinkLocalUnicast():
		return "link-local"
	case addr.IsMulticast():
		return "multicast"
	}
	for _, f := range forbidden {
		if f.prefix.Contains(addr) {
			return f.kind
		}
	}
	return ""
}
