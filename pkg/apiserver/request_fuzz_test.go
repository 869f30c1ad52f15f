package apiserver_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// hostile are whole requests as they stand on the wire: method, target, and the
// two headers that change an answer.
var hostile = [][4]string{
	{"GET", "/v0.1/servers?limit=2&version=latest&search=files", "", "gzip"},
	{"HEAD", "/v0/servers/io.acme%2Fbuild/versions/1.0.0%2Bexp.sha", "*", "zstd;q=0"},
	{"GET", "/registry/team/v0.1/servers/io.acme/files/versions/latest/", `W/"x", *`, "gzip;q=1.0, *;q=0"},
	{"GET", "/v0.1/servers?cursor=eyJuIjoiaW8uYWNtZS9hIiwiYSI6IjEuMC4wIn0", "", "br, gzip, zstd"},
	{"GET", "/v0.1/servers?updated_since=9999-12-31T23:59:59-23:59&include_deleted=1", `"`, ""},
	{"GET", "/v0.1/servers?updated_since=0001-01-01T00:00:00%2B23:59", "", "identity"},
	{"GET", "/v0.1/servers?search=%00%ff%FE&&=&limit", "", "gzip, gzip"},
	{"GET", "/v0.1/servers?limit=18446744073709551616;cursor=%", "", ";;q=,"},
	{"GET", "/v0.1/servers/%2F/versions/%2e%2e", "", "*"},
	{"GET", "/v0.1/servers/a%252Fb/versions//", "", ""},
	{"GET", "//v0.1//servers///versions", "", ""},
	{"GET", "/v0.1/x/servers/search?q=a&tag=b&tag=c&limit=0&transport=%zz", "", ""},
	{"GET", "/v0.1/x/servers/search?q=%C3%96st+a&limit=1&tag=a&tier=x&status=active&package_type=remote&transport=sse", `"x"`, "gzip"},
	{"GET", "/v0/x/servers/search?cursor=%00&q=" + strings.Repeat("a+", 200), "", "zstd"},
	{"GET", "/v0.1/x/registry", "", ""},
	{"GET", "http://elsewhere.example/v0.1/servers?limit=1", "", ""},
	{"OPTIONS", "*", "", ""},
	{"CONNECT", "elsewhere.example:443", "", ""},
	{"POST", "/v0/publish", "", ""},
	{"DELETE", "/v0.1/servers/io.acme%2Fa/versions/1.0.0", "", ""},
	{"get", "/page/../../etc/passwd", "", ""},
	{"GET", "/registry/%74eam/openapi.yaml?%", "", ""},
	{"GET", "/", "", ""},
}

// Whatever arrives is answered: no panic and no fault of the server's, with the
// headers that browsers need and a body that is what its headers say.
func FuzzRequest(f *testing.F) {
	for _, h := range hostile {
		f.Add(h[0], h[1], h[2], h[3])
	}
	// One has all that is special, the other has pages that are worth compressing.
	var handlers []http.Handler
	for _, snapshot := range []registry.Snapshot{sample(f), numbered(f, 90)} {
		server := apiserver.New(apiserver.Options{RegistryName: "team", Version: "v1.2.3"})
		require.NoError(f, server.Load(snapshot))
		handlers = append(handlers, server.Handler())
	}
	f.Fuzz(func(t *testing.T, method, target, ifNoneMatch, acceptEncoding string) {
		for _, handler := range handlers {
			request := onTheWire(t, method, target, ifNoneMatch, acceptEncoding)
			answer := record(handler, request)
			checkStatus(t, request.Method, answer)
			checkHeaders(t, answer)
			checkBody(t, request.Method, answer)
			checkAgain(t, handler, request, answer)
		}
	})
}

// Before the first snapshot the one fault of the server's is 503.
func FuzzRequestBeforeSnapshot(f *testing.F) {
	for _, h := range hostile {
		f.Add(h[0], h[1], h[2], h[3])
	}
	handler := apiserver.New(apiserver.Options{RegistryName: "team"}).Handler()
	f.Fuzz(func(t *testing.T, method, target, ifNoneMatch, acceptEncoding string) {
		request := onTheWire(t, method, target, ifNoneMatch, acceptEncoding)
		answer := record(handler, request)
		if answer.Code == http.StatusServiceUnavailable {
			require.NotEmpty(t, answer.Header().Get("Retry-After"))
		} else {
			checkStatus(t, request.Method, answer)
		}
		checkHeaders(t, answer)
		checkBody(t, request.Method, answer)
	})
}

// onTheWire has net/http read the request, so that the handler sees what it
// would see in service. What net/http refuses never gets there.
func onTheWire(t *testing.T, method, target, ifNoneMatch, acceptEncoding string) *http.Request {
	t.Helper()
	text := method + " " + target + " HTTP/1.1\r\nHost: registry.example\r\n" +
		"If-None-Match: " + ifNoneMatch + "\r\nAccept-Encoding: " + acceptEncoding + "\r\n\r\n"
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Skip("net/http answers this itself")
	}
	request.RemoteAddr = "192.0.2.1:1234"
	return request.WithContext(t.Context())
}

func record(handler http.Handler, request *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func checkStatus(t *testing.T, method string, answer *httptest.ResponseRecorder) {
	t.Helper()
	reads := method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
	if !reads && answer.Code == http.StatusNotImplemented {
		return // a write, to a registry that has none
	}
	require.Less(t, answer.Code, 500, "%s", answer.Body)
}

func checkHeaders(t *testing.T, answer *httptest.ResponseRecorder) {
	t.Helper()
	h := answer.Header()
	if answer.Code != http.StatusNotModified {
		require.Equal(t, []string{"*"}, h["Access-Control-Allow-Origin"])
		require.Contains(t, h.Get("Access-Control-Allow-Methods"), "GET")
		require.Contains(t, h.Get("Access-Control-Allow-Headers"), "Authorization")
	}
	if answer.Code == http.StatusOK || answer.Code == http.StatusNotModified {
		require.NotEmpty(t, h.Get("Cache-Control"))
	}
	for key, values := range h {
		require.Equal(t, http.CanonicalHeaderKey(key), key, "a key that net/http would not find")
		for _, value := range values {
			require.NotContains(t, value, "\n", key)
		}
	}
}

func checkBody(t *testing.T, method string, answer *httptest.ResponseRecorder) {
	t.Helper()
	body := answer.Body.Bytes()
	bodiless := method == http.MethodHead || answer.Code == http.StatusNoContent || answer.Code == http.StatusNotModified
	if bodiless {
		require.Empty(t, body)
		return
	}
	if length := answer.Header().Get("Content-Length"); length != "" {
		require.Equal(t, strconv.Itoa(len(body)), length)
	}
	body = decoded(t, answer.Header().Get("Content-Encoding"), body)
	require.NotEmpty(t, body)
	if answer.Header().Get("Content-Type") != "application/json" {
		require.Less(t, answer.Code, 300, "errors are JSON")
		return
	}
	require.True(t, json.Valid(body), "%s", body)
	if answer.Code >= 300 {
		var problem struct {
			Error, Title, Detail string
			Status               int
		}
		require.NoError(t, json.Unmarshal(body, &problem))
		require.Equal(t, answer.Code, problem.Status)
		require.NotEmpty(t, problem.Error)
		require.NotEmpty(t, problem.Detail)
	}
}

func decoded(t *testing.T, encoding string, body []byte) []byte {
	t.Helper()
	var reader io.Reader = bytes.NewReader(body)
	var err error
	switch encoding {
	case "":
		return body
	case "gzip":
		reader, err = gzip.NewReader(reader)
	case "zstd":
		var zr *zstd.Decoder
		zr, err = zstd.NewReader(reader, zstd.WithDecoderConcurrency(1))
		if err == nil {
			defer zr.Close()
			reader = zr
		}
	default:
		require.Fail(t, "an encoding that no client asked for", encoding)
	}
	require.NoError(t, err)
	plain, err := io.ReadAll(reader)
	require.NoError(t, err)
	return plain
}

// checkAgain asks for the same with the validator that came with the answer,
// and for the page that the answer points to.
func checkAgain(t *testing.T, handler http.Handler, request *http.Request, answer *httptest.ResponseRecorder) {
	t.Helper()
	if answer.Code != http.StatusOK || request.Method != http.MethodGet {
		return
	}
	if tag := answer.Header().Get("ETag"); tag != "" {
		again := request.Clone(t.Context())
		again.Header.Set("If-None-Match", tag)
		require.Equal(t, http.StatusNotModified, record(handler, again).Code)
	}
	var page listPage
	body := decoded(t, answer.Header().Get("Content-Encoding"), answer.Body.Bytes())
	if json.Unmarshal(body, &page) != nil || page.Metadata == nil || page.Metadata.NextCursor == nil {
		return
	}
	next := request.Clone(t.Context())
	next.Header.Del("If-None-Match")
	next.URL.RawQuery = "cursor=" + *page.Metadata.NextCursor
	require.Equal(t, http.StatusOK, record(handler, next).Code, "its own cursor: %s", *page.Metadata.NextCursor)
}
