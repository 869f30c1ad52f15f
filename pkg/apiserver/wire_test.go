package apiserver

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever the length of a body, headers and all, it arrives, and nothing of it is
// kept until the next answer. net/http's buffers have 2 and 4 KiB.
func TestWire(t *testing.T) {
	content := make([]byte, 70<<10)
	for i := range content {
		content[i] = byte(i * 31 >> 3)
	}
	for name, set := range map[string]func(*http.Protocols, bool){
		"HTTP/1.1": (*http.Protocols).SetHTTP1,
		"HTTP/2.0": (*http.Protocols).SetUnencryptedHTTP2,
	} {
		t.Run(name, func(t *testing.T) {
			base := serveLengths(t, content)
			var protocols http.Protocols
			set(&protocols, true)
			client := http.Client{Transport: &http.Transport{Protocols: &protocols, MaxConnsPerHost: 1, DisableCompression: true}}
			defer client.CloseIdleConnections()
			for _, length := range lengths() {
				response, err := client.Get(base + "/?length=" + strconv.Itoa(length))
				require.NoError(t, err)
				body, err := io.ReadAll(response.Body)
				require.NoError(t, err)
				require.NoError(t, response.Body.Close())
				require.Equal(t, name, response.Proto)
				require.Equal(t, strconv.Itoa(length), response.Header.Get("Content-Length"))
				require.True(t, bytes.Equal(content[:length], body), "a body of %d bytes came as %d", length, len(body))
			}
		})
	}
}

// lengths are all around the sizes of the buffers, and some large ones.
func lengths() (all []int) {
	for _, around := range []int{2 << 10, 4 << 10, 8 << 10} {
		for n := around - 600; n <= around+600; n++ {
			all = append(all, n)
		}
	}
	return append(all, 43_000, 64<<10, 70<<10)
}

// serveLengths answers with as many bytes of content as it is asked for.
func serveLengths(t *testing.T, content []byte) (base string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := HTTPServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		length, err := strconv.Atoi(r.FormValue("length"))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		x := &exchange{w: w, r: r}
		x.send(typeJSON, content[:length])
		if x.written != length {
			panic("the length of what was written is told wrongly")
		}
	}))
	server.ConnContext = withWire
	go func() { _ = server.Serve(wires{listener}) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}
