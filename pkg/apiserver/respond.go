package apiserver

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// Header values that all responses share; nobody may change the slices. The
// keys below are in canonical form, so the map can be written directly.
var (
	anyOrigin      = []string{"*"}
	allowedMethods = []string{"GET, OPTIONS"}
	allowedHeaders = []string{"Authorization, Content-Type"}
	mustRevalidate = []string{"no-cache"}
	neverStore     = []string{"no-store"}
	byEncoding     = []string{"Accept-Encoding"}
	typeJSON       = []string{"application/json"}
	typeYAML       = []string{"application/yaml"}
)

// common sets the headers of every response with a body. There are few of them
// on purpose: net/http copies, sorts and writes each one, which costs more than
// finding the answer, and from nine on twice as much.
func (x *exchange) common() http.Header {
	h := x.w.Header()
	h["Access-Control-Allow-Origin"] = anyOrigin
	h["Access-Control-Allow-Methods"] = allowedMethods
	h["Access-Control-Allow-Headers"] = allowedHeaders
	if x.snapshot != nil && x.tag[0] == "" { // a tag begins with the digest
		h["X-Registry-Digest"] = x.snapshot.digestHeader
	}
	return h
}

// send answers 200 with body. An error of writing means that the client has
// gone; there is nobody left to tell.
func (x *exchange) send(contentType []string, body []byte) {
	h := x.common()
	if x.tag[0] != "" {
		h["Etag"], h["Cache-Control"] = x.tag[:], mustRevalidate
	} else {
		h["Cache-Control"] = neverStore
	}
	h["Content-Type"] = contentType
	if len(body) > counted || x.r.Method == http.MethodHead {
		x.length[0] = strconv.Itoa(len(body))
		h["Content-Length"] = x.length[:]
	}
	x.head(http.StatusOK)
	if x.r.Method != http.MethodHead {
		x.written, _ = x.writeBody(body)
	}
}

// counted is how long a body may be whose length net/http counts itself, which
// costs it less than a header of ours.
const counted = 2 << 10

// head sends the status and the headers.
func (x *exchange) head(status int) {
	x.status = status
	x.w.WriteHeader(status)
}

// bodies are buffers for pages, which are put together and forgotten.
var bodies = sync.Pool{New: func() any { return new(make([]byte, 0, 64<<10)) }}

// largestBody is the capacity up to which a buffer is kept.
const largestBody = 1 << 20

// sendBuilt answers 200 with what build appends, compressed if the client takes
// it so. What was compressed once for this URL is not built again.
func (x *exchange) sendBuilt(build func([]byte) []byte) {
	encoding := accepted(x.r.Header["Accept-Encoding"])
	if encoding != "" {
		if body := x.snapshot.cache.get(x.cacheKey(encoding)); body != nil {
			x.sendEncoded(encoding, body)
			return
		}
	}
	buffer := bodies.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	body := build((*buffer)[:0])
	if len(body) >= worthCompressing {
		x.w.Header()["Vary"] = byEncoding
	}
	if encoding != "" && len(body) >= worthCompressing {
		body := compress(encoding, body)
		x.snapshot.cache.put(x.cacheKey(encoding), body)
		x.sendEncoded(encoding, body)
	} else {
		x.send(typeJSON, body)
	}
	if cap(body) <= largestBody {
		*buffer = body
		bodies.Put(buffer)
	}
}

func (x *exchange) sendEncoded(encoding string, body []byte) {
	h := x.w.Header()
	h["Content-Encoding"], h["Vary"] = []string{encoding}, byEncoding
	x.send(typeJSON, body)
}

// cacheKey names a body exactly; the ETag would do so only nearly.
func (x *exchange) cacheKey(encoding string) cacheKey {
	return cacheKey{encoding: encoding, path: x.path, query: x.r.URL.RawQuery}
}

// unchanged answers 304 if the client has the answer already, which must depend
// on the snapshot and the URL alone.
func (x *exchange) unchanged() bool {
	var room [tagSize]byte
	return x.has(x.appendTag(room[:0]))
}

// has answers 304 if the client has the answer with this ETag already. The headers
// are those that RFC 9110 asks for: the rest the client has.
func (x *exchange) has(tag []byte) bool {
	asked := x.r.Header["If-None-Match"]
	if !matches(asked, tag) {
		x.tag[0] = string(tag)
		return false
	}
	if len(asked) != 1 || asked[0] != string(tag) {
		asked = []string{string(tag)}
	}
	h := x.w.Header()
	if len(x.r.Header["Origin"]) > 0 {
		h["Access-Control-Allow-Origin"] = anyOrigin // not all browsers take it from what they have
	}
	h["Etag"], h["Cache-Control"], h["Vary"] = asked, mustRevalidate, byEncoding
	x.head(http.StatusNotModified)
	return true
}

// tagSize is the length of the longest ETag.
const tagSize = 40

// appendTag appends the name of the answer to this URL from this snapshot by this
// version of the program, alike in all replicas. It is weak because it names the
// answer in whatever encoding it is sent.
func (x *exchange) appendTag(out []byte) []byte {
	const prime = 1099511628211 // keeps the parts apart
	hash := (x.server.versionHash*prime^xxhash.Sum64String(x.path))*prime ^ xxhash.Sum64String(x.r.URL.RawQuery)
	out = append(out, `W/"`...)
	out = append(append(out, x.snapshot.digest[len("sha256:"):][:16]...), '-')
	return append(strconv.AppendUint(out, hash, 16), '"')
}

// matches compares weakly, as RFC 9110 wants it for If-None-Match.
func matches(headers []string, tag []byte) bool {
	for _, header := range headers {
		for header != "" {
			var candidate string
			candidate, header, _ = strings.Cut(header, ",")
			candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
			if candidate == "*" || candidate == string(tag[len("W/"):]) {
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
	h := x.common()
	h["Cache-Control"] = neverStore
	h["Content-Type"] = typeJSON
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
