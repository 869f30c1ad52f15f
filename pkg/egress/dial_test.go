package egress

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDial: what is refused to HTTP is refused to every protocol.
func TestDial(t *testing.T) {
	w := newTwins(t)
	names := lookups{"good.example": always(w.allowed), "evil.example": always("127.0.0.1"), "evil6.example": always("::1"), "meta.example": always("169.254.169.254")}
	policy := Policy{resolver: names.start(t)}
	for _, host := range []string{
		"127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", "169.254.169.254", "2130706433", "0x7f.1", "metadata.google.internal",
		"evil.example", "evil6.example", "meta.example", "EVIL.example.",
	} {
		_, err := policy.Dial(t.Context(), "tcp", net.JoinHostPort(host, w.port))
		require.ErrorIs(t, err, ErrNotAllowed, host)
	}
	_, err := policy.Dial(t.Context(), "tcp", "no port")
	require.ErrorIs(t, err, ErrNotAllowed)
	require.Zero(t, w.forbidden.Load())

	connection, err := policy.Dial(t.Context(), "tcp", net.JoinHostPort("good.example", w.port))
	require.NoError(t, err, "otherwise the cases above prove nothing")
	require.NoError(t, connection.Close())
	loose := Policy{AllowLoopback: true}
	connection, err = loose.Dial(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", w.port))
	require.NoError(t, err)
	require.NoError(t, connection.Close())
}
