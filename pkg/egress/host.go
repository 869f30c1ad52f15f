package egress

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// ownNames lead to what only the operator can reach. Their addresses are refused
// in any case; a proxy would look the names up where we cannot see it.
var ownNames = []string{"localhost", "metadata.google.internal", "metadata.goog"}

// checkHost refuses a host that is a forbidden address, in whatever form, or
// names one. A name is judged again when it has been resolved.
func checkHost(host string) error {
	name, err := idna.Lookup.ToASCII(host) // maps digits of other scripts, as net/http does
	if isASCII(host) {
		name, err = host, nil
	}
	if err != nil {
		return fmt.Errorf("host %q is not a valid name", host)
	}
	name = strings.ToLower(strings.TrimRight(name, "."))
	if addr, err := netip.ParseAddr(name); err == nil {
		return checkAddr(addr)
	}
	if endsInNumber(name) {
		return fmt.Errorf("host %q is a number or an unusual form of an address: write it as usual", host)
	}
	for _, own := range ownNames {
		if name == own || strings.HasSuffix(name, "."+own) {
			return fmt.Errorf("host %q leads to loopback or to a metadata service: connecting to it is not allowed", host)
		}
	}
	return nil
}

// endsInNumber recognizes what many resolvers take for an IPv4 address, such as
// 2130706433, 0x7f.1 or 0177.0.0.1. No domain has a number as its last label.
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	digits, hexadecimal := strings.CutPrefix(last, "0x")
	if hexadecimal {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}
