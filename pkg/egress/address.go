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
	{netip.MustParsePrefix("fd00:ec2::254/128"), "a metadata service"},
	{netip.MustParsePrefix("100.100.100.200/32"), "a metadata service"},
	{netip.MustParsePrefix("168.63.129.16/32"), "a metadata service"},
	{netip.MustParsePrefix("fec0::/10"), "site-local"},
}

// translated lists the IPv6 ranges that carry an IPv4 address, and the byte at
// which it begins. A gateway that translates would deliver such a packet to
// the inner address.
var translated = []struct {
	prefix netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12},   // NAT64, RFC 6052
	{netip.MustParsePrefix("64:ff9b:1::/48"), 12}, // NAT64 with a local prefix, RFC 8215
	{netip.MustParsePrefix("2002::/16"), 2},       // 6to4, RFC 3056
	{netip.MustParsePrefix("::/96"), 12},          // IPv4-compatible, RFC 4291
}

// checkAddr returns an error that names the kind of address if addr must not
// be connected to.
func checkAddr(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if kind := kindOf(addr); kind != "" {
		return fmt.Errorf("address %s is %s: connecting to it is not allowed", addr, kind)
	}
	for _, t := range translated {
		if !t.prefix.Contains(addr) {
			continue
		}
		bytes := addr.As16()
		inner := netip.AddrFrom4([4]byte(bytes[t.at : t.at+4]))
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
