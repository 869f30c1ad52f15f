package telemetry_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/telemetry"
)

// logged returns the line that one request to a server gives.
func logged(t *testing.T, target string, headers ...string) (line string, fields map[string]any) {
	t.Helper()
	var out bytes.Buffer
	access := telemetry.NewAccessLog(&out)
	written := make(chan struct{})
	server := apiserver.New(apiserver.Options{Observe: func(r *http.Request, o apiserver.Observation) {
		access.Observe(r, o)
		close(written)
	}})
	web := httptest.NewServer(server.Handler())
	defer web.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+target, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	<-written
	line = out.String()
	require.Equal(t, 1, strings.Count(line, "\n"), "one line: %q", line)
	require.NoError(t, json.Unmarshal(out.Bytes(), &fields), line)
	return line, fields
}

func TestAccessLogSaysWhatHappened(t *testing.T) {
	_, fields := logged(t, "/v0.1/servers?search=web+search&limit=5&tag=a&tag=b", "User-Agent", "VSCode/1.2")
	require.Equal(t, "GET", fields["method"])
	require.Equal(t, "list", fields["route"])
	require.Equal(t, "/v0.1/servers", fields["path"])
	require.Equal(t, map[string]any{"search": "web search", "limit": "5", "tag": "a,b"}, fields["query"])
	require.EqualValues(t, 503, fields["status"])
	require.Positive(t, fields["bytes"])
	require.Contains(t, fields["client"], "127.0.0.1:")
	require.Equal(t, "VSCode/1.2", fields["userAgent"])
	require.Contains(t, fields, "seconds")
	_, without := logged(t, "/health")
	require.NotContains(t, without, "query", "there is none")
	_, err := time.Parse(time.RFC3339Nano, fields["time"].(string))
	require.NoError(t, err)
}

func TestAccessLogKeepsSecrets(t *testing.T) {
	for why, c := range map[string][]string{
		"a header":                  {"/v0.1/servers", "Authorization", "Bearer hunter2"},
		"a cookie":                  {"/v0.1/servers", "Cookie", "session=hunter2"},
		"a token in the query":      {"/v0.1/servers?access_token=hunter2"},
		"the name of a parameter":   {"/v0.1/servers?hunter2"},
		"an escaped name is no way": {"/v0.1/servers?%73earch=hunter2"},
		"a name in another case":    {"/v0.1/servers?Search=hunter2"},
		"a separator of old":        {"/v0.1/servers?x=1;search=hunter2"},
	} {
		line, fields := logged(t, c[0], c[1:]...)
		require.NotContains(t, line, "hunter2", why)
		if strings.Contains(c[0], "?") {
			require.Equal(t, map[string]any{"others": 1.0}, fields["query"], why)
		}
	}
}

func TestAccessLogCannotBeForged(t *testing.T) {
	for why, c := range map[string][]string{
		"a line end in a value":     {"/v0.1/servers?search=a%0A%7B%22msg%22:%22forged%22%7D"},
		"a line end in the path":    {"/v0.1/x%0A%0Dforged"},
		"a quote in the user agent": {"/", "User-Agent", `x","status":200,"y":"`},
		"a terminal's commands":     {"/v0.1/servers?search=%1b%5b2J%c2%9b2J%7f", "User-Agent", "\xc2\x9b2J\xff"},
		"other ends of lines":       {"/v0.1/servers?search=%e2%80%a8%c2%85"},
		"a bad escape":              {"/v0.1/servers?search=%zz%0"},
	} {
		line, fields := logged(t, c[0], c[1:]...)
		require.NotContains(t, fields, "y", why)
		require.Equal(t, "request", fields["msg"], why)
		for _, r := range strings.TrimSuffix(line, "\n") {
			require.False(t, r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028', "%s: %q", why, line)
		}
	}
}

func TestAccessLogIsBounded(t *testing.T) {
	long := strings.Repeat("ö", 6000)
	line, fields := logged(t, "/"+strings.Repeat("x", 9000)+"?tag="+strings.Repeat("y", 5000)+strings.Repeat("&tag=y", 2000), "User-Agent", long)
	require.Less(t, len(line), 2000)
	require.True(t, strings.HasSuffix(fields["userAgent"].(string), "ö…"), "cut between characters")
}

// BenchmarkAccessLog is what the access log costs a request, without the writing.
func BenchmarkAccessLog(b *testing.B) {
	access := telemetry.NewAccessLog(io.Discard)
	request := httptest.NewRequest(http.MethodGet, "/v0.1/servers?limit=50&version=latest&search=files", nil)
	request.Header.Set("User-Agent", "VSCode/1.2")
	o := apiserver.Observation{Route: "list", Status: 200, Bytes: 30_000, Took: 80 * time.Microsecond}
	b.ReportAllocs()
	for b.Loop() {
		access.Observe(request, o)
	}
}
