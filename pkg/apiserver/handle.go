package apiserver

import (
	_ "embed"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

//go:embed openapi.yaml
var openAPI []byte

const (
	// retryAfter is how many seconds a client should wait for a first snapshot.
	retryAfter = "5"
	// maxURL is how many bytes of path and query are looked at; a cursor is the
	// longest part of them.
	maxURL = 8 << 10
)

// epoch is where the time that a request takes is counted from: half of [time.Now]
// is to find out what day it is.
var epoch = time.Now()

// exchange is one request and its answer, from one snapshot.
type exchange struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	path   string // escaped
	// snapshot is nil before the first one is loaded.
	snapshot *snapshot
	// tag and length are values of the headers ETag, of an answer that can be
	// asked about, and Content-Length. They lie here to be allocated at once.
	tag, length [1]string
	// status and written are of the answer, for the observer.
	status, written int
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	asked := locationOf(r.URL)
	x := &exchange{server: s, w: w, r: r, path: asked.escaped, snapshot: s.current.Load()}
	t := asked.route(s.options.RegistryName)
	if s.options.Observe == nil {
		x.serve(t)
		return
	}
	started := time.Since(epoch)
	s.inFlight.Add(1)
	defer s.inFlight.Add(-1)
	x.serve(t)
	s.options.Observe(r, Observation{
		Route: t.String(), Status: x.status, Bytes: x.written, Took: time.Since(epoch) - started,
	})
}

func (x *exchange) serve(t target) {
	if x.r.Method == http.MethodOptions {
		x.common()
		x.head(http.StatusNoContent)
		return
	}
	if !x.admitted(t) {
		return
	}
	if len(x.path)+len(x.r.URL.RawQuery) > maxURL {
		x.fail(http.StatusRequestURITooLong, fmt.Sprintf("the path and query have more than %d bytes", maxURL))
		return
	}
	switch x.r.Method {
	case http.MethodGet, http.MethodHead:
		x.answer(t)
	default:
		x.refuse(t)
	}
}

// refuse answers a request that would change something.
func (x *exchange) refuse(t target) {
	if t.api {
		x.fail(http.StatusNotImplemented, "this registry is read-only: its content comes from the sources it was set up with")
		return
	}
	x.w.Header().Set("Allow", "GET, HEAD, OPTIONS")
	x.fail(http.StatusMethodNotAllowed, fmt.Sprintf("method %s is not allowed here", x.r.Method))
}

func (x *exchange) answer(t target) {
	switch t.page {
	case pageOpenAPI:
		x.send(typeYAML, openAPI)
	case pageReadiness:
		x.readiness()
	case pageMetadata:
		x.metadata()
	case pageHome:
		x.page("")
	case pageAsset:
		x.page(t.name)
	case pageSlash:
		x.slash(t.name)
	case pageHealth, pagePing, pageVersion:
		x.send(typeJSON, x.server.fixed[t.page])
	default:
		x.answerFromSnapshot(t)
	}
}

func (x *exchange) answerFromSnapshot(t target) {
	if x.snapshot == nil {
		x.unavailable("no snapshot of this registry is loaded yet")
		return
	}
	switch t.page {
	case pageList:
		x.list()
	case pageServerVersions:
		x.versions(t)
	case pageServer:
		x.one(t)
	case pageSearch:
		x.search()
	case pageState:
		x.state()
	default:
		x.fail(http.StatusNotFound, "there is nothing at this path; see openapi.yaml")
	}
}

func (x *exchange) readiness() {
	switch {
	case x.server.draining.Load():
		x.unavailable("this replica is shutting down")
	case x.snapshot == nil:
		x.unavailable("no snapshot of this registry is loaded yet")
	default:
		x.send(typeJSON, mustJSON(map[string]any{
			"status":  "ready",
			"digest":  x.snapshot.digest,
			"servers": len(x.snapshot.records),
		}))
	}
}

func (x *exchange) list() {
	q, err := parseQuery(x.r.URL.RawQuery)
	if err != nil {
		x.fail(http.StatusBadRequest, err.Error())
		return
	}
	if x.unchanged() {
		return
	}
	x.sendBuilt(func(out []byte) []byte { return x.snapshot.appendPage(out, x.snapshot.page(q), q.filter) })
}

func (x *exchange) versions(t target) {
	deleted, ok := x.includeDeleted()
	if !ok {
		return
	}
	found := x.snapshot.of(t.name, deleted)
	if len(found) == 0 {
		x.fail(http.StatusNotFound, fmt.Sprintf("server %q is not in this registry", t.name))
		return
	}
	if x.unchanged() {
		return
	}
	x.sendBuilt(func(out []byte) []byte { return x.snapshot.appendPage(out, selection{numbers: found}, filter{}) })
}

func (x *exchange) one(t target) {
	deleted, ok := x.includeDeleted()
	if !ok {
		return
	}
	record := x.snapshot.one(t.name, t.version, deleted)
	if record == nil {
		x.fail(http.StatusNotFound, fmt.Sprintf("server %q with version %q is not in this registry", t.name, t.version))
		return
	}
	switch {
	case x.unchanged():
	case len(record) < worthCompressing:
		x.send(typeJSON, record) // as it lies there
	default:
		x.sendBuilt(func(out []byte) []byte { return append(out, record...) })
	}
}

// includeDeleted reads the one parameter of single servers; when it is
// malformed, the request is answered already.
func (x *exchange) includeDeleted() (yes, ok bool) {
	p, err := readParameters(x.r.URL.RawQuery)
	if err == nil {
		yes, err = p.deleted()
	}
	if err != nil {
		x.fail(http.StatusBadRequest, err.Error())
		return false, false
	}
	return yes, true
}

// appendPage appends records as the API's list.
func (s *snapshot) appendPage(out []byte, chosen selection, f filter) []byte {
	out = append(out, `{"servers":[`...)
	out = s.appendRecords(out, chosen.numbers)
	out = append(out, `],"metadata":{"count":`...)
	out = strconv.AppendInt(out, int64(len(chosen.numbers)), 10)
	if chosen.next != nil {
		out = append(out, `,"nextCursor":"`...)
		next := cursor{after: *chosen.next, filter: f}
		out = next.appendTo(out)
		out = append(out, '"')
	}
	return append(out, `}}`...)
}
