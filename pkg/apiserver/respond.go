package apiserver

import (
	"net/http"
	"strconv"
	"strings"
)

// Header values that all responses share; nobody may change the slices. The
// keys below are in canonical form, so the map can be written directly.
var (
	anyOrigin      = []string{"*"}
	allowedMethods = []string{"GET, OPTIONS"}
	allowedHeaders = []string{"Authorization, Content-Type"}
	exposedHeaders = []string{"ETag, X-Registry-Digest"}
	noSniff        = []string{"nosniff"}
	mustRevalidate = []string{"no-cache"}
	neverStore     = []string{"no-store"}
)

// common sets the headers of every response.
func (x *exchange) common() {
	h := x.w.Header()
	h["Access-Control-Allow-Origin"] = anyOrigin
	h["Access-Control-Allow-Methods"] = allowedMethods
	h["Access-Control-Allow-Headers"] = allowedHeaders
	h["Access-Control-Expose-Headers"] = exposedHeaders
	h["X-Content-Type-Options"] = noSniff
	h["Cache-Control"] = neverStore
	if x.snapshot != nil {
		h["X-Registry-Digest"] = x.snapshot.digestHeader
	}
}

// send answers 200 with the parts one after the other. An error of writing
// means that the client has gone; there is nobody left to tell.
func (x *exchange) send(contentType string, parts ...[]byte) {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	h := x.w.Header()
	h["Content-Type"] = []string{contentType}
	h["Content-Length"] = []string{strconv.Itoa(size)}
	x.head(http.StatusOK)
	if x.r.Method == http.MethodHead {
		return
	}
	for _, part := range parts {
		n, err := x.w.Write(part)
		x.written += n
		if err != nil {
			return
		}
	}
}

// head sends the status and the headers.
func (x *exchange) head(status int) {
	x.status = status
	x.w.WriteHeader(status)
}

// unchanged sets the validators of an answer that depends on the snapshot and
// the URL alone, and answers 304 if the client has it already.
func (x *exchange) unchanged() bool {
	tag := x.etag()
	h := x.w.Header()
	h["Etag"] = []string{tag}
	h["Cache-Control"] = mustRevalidate
	if !matches(x.r.Header["If-None-Match"], tag) {
		return false
	}
	x.head(http.StatusNotModified)
	return true
}

// etag names the answer to this URL from this snapshot by this version of the
// program, alike in all replicas.
func (x *exchange) etag() string {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	hash := uint64(offset)
	for _, text := range [...]string{x.server.options.Version, x.r.URL.Path, x.r.URL.RawQuery} {
		for i := range len(text) {
			hash = (hash ^ uint64(text[i])) * prime
		}
		hash *= prime // a border between the texts
	}
	_, digest, _ := strings.Cut(string(x.snapshot.digest), ":")
	tag := make([]byte, 0, 40)
	tag = append(append(append(tag, '"'), digest[:16]...), '-')
	return string(append(strconv.AppendUint(tag, hash, 16), '"'))
}

// matches compares weakly, as RFC 9110 wants it for If-None-Match.
func matches(headers []string, tag string) bool {
	for _, header := range headers {
		for candidate := range strings.SplitSeq(header, ",") {
			candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
			if candidate == tag || candidate == "*" {
				return true
			}
		}
	}
	return false
}

// problem is the one body of all errors; it satisfies both the clients that
// read "error" and those that read RFC 9457's fields.
type problem struct {
	Error  string `json:"error"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func (x *exchange) fail(status int, detail string) {
	body := mustJSON(problem{Error: detail, Title: http.StatusText(status), Status: status, Detail: detail})
	h := x.w.Header()
	h["Content-Type"] = []string{typeJSON}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.head(status)
	if x.r.Method != http.MethodHead {
		x.written, _ = x.w.Write(body) // the client may have gone
	}
}

func (x *exchange) unavailable(detail string) {
	x.w.Header().Set("Retry-After", retryAfter)
	x.fail(http.StatusServiceUnavailable, detail)
}
