package certificate

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// volume is a mounted Secret: files are links into a folder that the kubelet
// swaps by renaming a link.
type volume struct {
	dir   string
	count int
}

func newVolume(t *testing.T) *volume {
	t.Helper()
	v := &volume{dir: t.TempDir()}
	for _, name := range []string{CertificateFile, KeyFile} {
		require.NoError(t, os.Symlink(filepath.Join("..data", name), filepath.Join(v.dir, name)))
	}
	return v
}

func (v *volume) write(t *testing.T, chain, key []byte) {
	t.Helper()
	v.count++
	version := "..v" + string(rune('0'+v.count))
	require.NoError(t, os.Mkdir(filepath.Join(v.dir, version), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(v.dir, version, CertificateFile), chain, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(v.dir, version, KeyFile), key, 0o600))
	next := filepath.Join(v.dir, "..data_tmp")
	require.NoError(t, os.Symlink(version, next))
	require.NoError(t, os.Rename(next, filepath.Join(v.dir, "..data")))
}

// serve answers handshakes with the store's certificate until the test ends.
func serve(t *testing.T, s *Store) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", s.Config())
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = c.(*tls.Conn).HandshakeContext(context.Background())
				_ = c.Close()
			}()
		}
	}()
	return listener.Addr().String()
}

func handshake(t *testing.T, address string, config *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	c, err := tls.DialWithDialer(dialer, "tcp", address, config)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer c.Close()
	return c.ConnectionState(), nil
}

func TestReload(t *testing.T) {
	const host = "team-api.ns.svc"
	firstChain, firstKey := fixture.Certificate(t, host)
	secondChain, secondKey := fixture.Certificate(t, host)
	trustFirst := &tls.Config{RootCAs: fixture.Pool(t, firstChain), ServerName: host}
	trustSecond := &tls.Config{RootCAs: fixture.Pool(t, secondChain), ServerName: host}

	v := newVolume(t)
	var failures []error
	loaded := 0
	s := &Store{
		Dir:    v.dir,
		Loaded: func(*tls.Certificate) { loaded++ },
		Failed: func(err error) { failures = append(failures, err) },
	}
	address := serve(t, s)
	s.Refresh()
	_, err := handshake(t, address, trustFirst)
	require.Error(t, err, "without a certificate nothing is answered")
	require.Len(t, failures, 1)

	v.write(t, firstChain, firstKey)
	s.Refresh()
	state, err := handshake(t, address, trustFirst)
	require.NoError(t, err)
	require.GreaterOrEqual(t, state.Version, uint16(tls.VersionTLS12))
	require.Len(t, failures, 2)
	require.NoError(t, failures[1], "the end of a failure is told too")

	v.write(t, secondChain, firstKey)
	s.Refresh()
	s.Refresh()
	_, err = handshake(t, address, trustFirst)
	require.NoError(t, err, "a certificate without its key replaces nothing")
	require.Len(t, failures, 3, "and is told once, however often it is looked at")
	require.NotContains(t, failures[2].Error(), string(firstKey))

	v.write(t, secondChain, secondKey)
	s.Refresh()
	_, err = handshake(t, address, trustSecond)
	require.NoError(t, err)
	_, err = handshake(t, address, trustFirst)
	require.Error(t, err, "the old certificate is gone")
	require.Equal(t, 2, loaded)

	require.NoError(t, os.Remove(filepath.Join(v.dir, "..data")))
	s.Refresh()
	_, err = handshake(t, address, trustSecond)
	require.NoError(t, err, "files that vanish take nothing away")
}

func TestOldProtocolsAreRefused(t *testing.T) {
	chain, key := fixture.Certificate(t, "localhost")
	v := newVolume(t)
	v.write(t, chain, key)
	s := &Store{Dir: v.dir}
	s.Refresh()
	address := serve(t, s)
	_, err := handshake(t, address, &tls.Config{RootCAs: fixture.Pool(t, chain), ServerName: "localhost", MaxVersion: tls.VersionTLS11})
	require.Error(t, err)
	state, err := handshake(t, address, &tls.Config{RootCAs: fixture.Pool(t, chain), ServerName: "localhost", NextProtos: []string{"h2"}})
	require.NoError(t, err)
	require.Equal(t, "h2", state.NegotiatedProtocol)
}

func TestRunEnds(t *testing.T) {
	chain, key := fixture.Certificate(t, "localhost")
	v := newVolume(t)
	v.write(t, chain, key)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	s := &Store{Dir: v.dir, Loaded: func(*tls.Certificate) { cancel() }}
	go func() { s.Run(ctx); close(ended) }()
	<-ended
	require.NotNil(t, s.current.Load())
}
