package apiserver_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// While snapshots are swapped under load, the body and the digest in the header
// always belong together.
// tagOf is how the tags of a snapshot's records begin.
func tagOf(s registry.Snapshot) string { return `W/"` + string(s.Digest[7:23]) }

const tagLength = len(`W/"`) + 16

func TestSwapUnderLoad(t *testing.T) {
	snapshots := []registry.Snapshot{numbered(t, 30), numbered(t, 60), numbered(t, 90)}
	sizes := map[string]int{}
	for _, s := range snapshots {
		sizes[tagOf(s)] = s.Servers
	}
	server, base := start(t, snapshots[0])

	ctx, stop := context.WithCancel(t.Context())
	var swapping, asking sync.WaitGroup
	swapping.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			if err := server.Load(snapshots[i%len(snapshots)]); err != nil {
				t.Error(err)
			}
		}
	})
	for range 4 {
		asking.Go(func() {
			for range 100 {
				response, body := ask(t, http.MethodGet, base+"/v0.1/servers?limit=100")
				var p listPage
				if err := json.Unmarshal(body, &p); err != nil {
					t.Error(err)
				}
				if want := min(100, sizes[response.Header.Get("ETag")[:tagLength]]); len(p.Servers) != want {
					t.Errorf("%d servers instead of %d", len(p.Servers), want)
				}
			}
		})
	}
	asking.Wait()
	stop()
	swapping.Wait()
}

func TestServeDrains(t *testing.T) {
	server := apiserver.New(apiserver.Options{DrainDelay: 300 * time.Millisecond})
	require.NoError(t, server.Load(sample(t)))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, address) }()
	status := func() int {
		response, err := http.Get("http://" + address + "/readiness")
		if err != nil {
			return 0
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	require.Eventually(t, func() bool { return status() == http.StatusOK }, 10*time.Second, time.Millisecond)
	stop()
	require.Eventually(t, func() bool { return status() == http.StatusServiceUnavailable }, 10*time.Second, time.Millisecond,
		"load balancers are told before connections are refused")
	require.NoError(t, <-done)
	require.Zero(t, status())
}

func TestServeSaysWhyItCannotListen(t *testing.T) {
	err := apiserver.New(apiserver.Options{}).Serve(t.Context(), "127.0.0.1:nope")
	require.ErrorContains(t, err, "127.0.0.1:nope")
}
