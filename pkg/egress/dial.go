package egress

import (
	"context"
	"fmt"
	"net"
)

// Dial connects to a TCP address for other protocols than HTTP, if the policy
// allows that; a name is judged again by what it resolves to. There is no proxy on
// this way: the environment names one for HTTP only.
func (p Policy) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, refused("address %q: %v", address, err)
	}
	if !p.AllowLoopback {
		if err := checkHost(host); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotAllowed, err)
		}
	}
	dialer := net.Dialer{Timeout: dialTimeout, Control: p.control, Resolver: p.resolver}
	return dialer.DialContext(ctx, network, address)
}
