package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// get asks for name; headers are pairs of key and value.
func get(t *testing.T, method, name string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	request := httptest.NewRequest(method, "/", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	status, written := Answer(recorder, request, name)
	if status == http.StatusNotFound {
		return &http.Response{StatusCode: status}, nil
	}
	response := recorder.Result()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, response.StatusCode, status, "the observer is told the truth")
	require.Len(t, body, written, "the observer is told the truth")
	return response, body
}

func TestDocument(t *testing.T) {
	response, body := get(t, http.MethodGet, "")
	h := response.Header
	require.Equal(t, "text/html; charset=utf-8", h.Get("Content-Type"))
	require.Equal(t, "no-cache", h.Get("Cache-Control"))
	require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	require.Equal(t, "no-referrer", h.Get("Referrer-Policy"))
	require.Regexp(t, `^"[0-9a-f]{32}"$`, h.Get("ETag"))

	policy := h.Get("Content-Security-Policy")
	for _, directive := range []string{
		"default-src 'none'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
	} {
		require.Contains(t, strings.Split(policy, "; "), directive)
	}
	require.NotContains(t, policy, "unsafe")

	script := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllSubmatch(body, -1)
	require.Len(t, script, 1, "one script stands in the document")
	sum := sha256.Sum256(script[0][1])
	require.Contains(t, policy, "script-src 'self' 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"';")
	require.NotRegexp(t, `(?i)\son[a-z]+=|style=`, string(body), "the policy would refuse it")
}

// Every address in the document and in the scripts is relative and leads to
// something that there is.
func TestAddresses(t *testing.T) {
	_, body := get(t, http.MethodGet, "")
	links := regexp.MustCompile(`(?:src|href)="(page/[^"]*)"`).FindAllSubmatch(body, -1)
	require.GreaterOrEqual(t, len(links), 5)
	for _, link := range links {
		name := strings.TrimPrefix(string(link[1]), "page/")
		response, _ := get(t, http.MethodGet, name)
		require.Equal(t, http.StatusOK, response.StatusCode, name)
		require.Equal(t, "public, max-age=31536000, immutable", response.Header.Get("Cache-Control"), name)
	}
	require.NotRegexp(t, `(?:src|href)="/`, string(body), "it would lead out of a path prefix")

	// Without a preload, a browser finds out module by module what there is to ask for.
	for name := range built().assets {
		if strings.HasSuffix(name, ".js") {
			require.Regexp(t, `(?:src="|modulepreload" href=")page/`+built().digest+"/"+regexp.QuoteMeta(name)+`"`, string(body))
		}
	}

	imports := regexp.MustCompile(`(?:from|import) '\./([a-z]+\.js)'`)
	for name, asset := range built().assets {
		for _, match := range imports.FindAllSubmatch(asset.body, -1) {
			require.Contains(t, built().assets, string(match[1]), "imported by %s", name)
		}
	}
}

// The rule that keeps hostile text harmless is kept in the whole of the code.
func TestNoHTMLFromStrings(t *testing.T) {
	never := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function|srcdoc|\.style\b|localStorage|document\.cookie`)
	for name, asset := range built().assets {
		if strings.HasSuffix(name, ".js") {
			require.Empty(t, never.Find(asset.body), "%s", name)
		}
		if strings.HasSuffix(name, ".css") {
			require.NotContains(t, string(asset.body), "url(", "%s", name)
			require.NotContains(t, string(asset.body), "@import", "%s", name)
		}
	}
}

func TestCompression(t *testing.T) {
	cases := map[string]struct {
		why, accept string
		gzip        bool
	}{
		"browser": {"what browsers send", "gzip, deflate, br, zstd", true},
		"nothing": {"programs send nothing", "", false},
		"refused": {"weight zero refuses", "gzip;q=0, br", false},
		"weak":    {"any other weight does not", "br;q=1.0, GZIP; q=0.2", true},
		"other":   {"a name that only begins alike", "gzipped", false},
		"broken":  {"what cannot be read is refused", "gzip;q=x", false},
	}
	_, plain := get(t, http.MethodGet, "")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			response, body := get(t, http.MethodGet, "", "Accept-Encoding", c.accept)
			require.Equal(t, "Accept-Encoding", response.Header.Get("Vary"))
			if !c.gzip {
				require.Empty(t, response.Header.Get("Content-Encoding"), c.why)
				require.Equal(t, plain, body, c.why)
				return
			}
			require.Equal(t, "gzip", response.Header.Get("Content-Encoding"), c.why)
			require.Less(t, len(body), len(plain))
			reader, err := gzip.NewReader(bytes.NewReader(body))
			require.NoError(t, err)
			unzipped, err := io.ReadAll(reader)
			require.NoError(t, err)
			require.Equal(t, plain, unzipped)
		})
	}
}

func TestConditionalRequests(t *testing.T) {
	for _, accept := range []string{"", "gzip"} {
		response, _ := get(t, http.MethodGet, "", "Accept-Encoding", accept)
		tag := response.Header.Get("ETag")
		for _, condition := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			response, body := get(t, http.MethodGet, "", "Accept-Encoding", accept, "If-None-Match", condition)
			require.Equal(t, http.StatusNotModified, response.StatusCode, condition)
			require.Empty(t, body)
			require.Equal(t, tag, response.Header.Get("ETag"))
			require.Empty(t, response.Header.Get("Content-Encoding"))
		}
		response, _ = get(t, http.MethodGet, "", "Accept-Encoding", accept, "If-None-Match", `"other"`)
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
	plain, _ := get(t, http.MethodGet, "")
	zipped, _ := get(t, http.MethodGet, "", "Accept-Encoding", "gzip")
	require.NotEqual(t, plain.Header.Get("ETag"), zipped.Header.Get("ETag"), "a strong tag names bytes")
}

func TestHead(t *testing.T) {
	for _, name := range []string{"", built().digest + "/app.js"} {
		whole, body := get(t, http.MethodGet, name, "Accept-Encoding", "gzip")
		head, none := get(t, http.MethodHead, name, "Accept-Encoding", "gzip")
		require.NotEmpty(t, body)
		require.Empty(t, none)
		require.Equal(t, whole.Header, head.Header)
	}
}

func TestAssets(t *testing.T) {
	cases := map[string]struct {
		why, name     string
		status        int
		cache, starts string
	}{
		"of this version":   {"its address names its content", built().digest + "/base.css", 200, forEver, "/*"},
		"of another":        {"another replica made the document", "0000000000000000/base.css", 200, askAgain, "/*"},
		"unknown":           {"there is none", built().digest + "/nope.css", 404, "", ""},
		"document as asset": {"it has one address", built().digest + "/index.html", 404, "", ""},
		"folder":            {"nothing is listed", built().digest + "/", 404, "", ""},
		"no folder":         {"assets lie below a digest", "base.css", 404, "", ""},
		"upwards":           {"names are looked up, not opened", "x/../../page.go", 404, "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			response, body := get(t, http.MethodGet, c.name)
			require.Equal(t, c.status, response.StatusCode, c.why)
			require.True(t, strings.HasPrefix(string(body), c.starts), c.why)
			if c.status == http.StatusOK {
				require.Equal(t, c.cache, response.Header.Get("Cache-Control"), c.why)
			}
		})
	}
}

func TestBuildSaysWhatIsWrong(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	_, err := build(fstest.MapFS{})
	require.ErrorContains(t, err, "assets")
	_, err = build(fstest.MapFS{"assets/a.exe": file("x"), "assets/index.html": file("<script></script>")})
	require.ErrorContains(t, err, `"a.exe"`)
	_, err = build(fstest.MapFS{"assets/index.html": file("<p>")})
	require.ErrorContains(t, err, "no script")

	one, err := build(fstest.MapFS{"assets/index.html": file("<script></script>"), "assets/a.js": file("1")})
	require.NoError(t, err)
	two, err := build(fstest.MapFS{"assets/index.html": file("<script></script>"), "assets/a.js": file("2")})
	require.NoError(t, err)
	require.NotEqual(t, one.digest, two.digest, "another content has another address")
}
