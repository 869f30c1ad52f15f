package apiserver

import (
	"maps"
	"net/http"
	"time"
)

// Gate decides whether a request is answered. It must be safe for concurrent use.
type Gate interface {
	// Check returns nil if the request may pass.
	Check(r *http.Request) *Refusal
}

// Refusal is the answer to a request that may not pass.
type Refusal struct {
	// Status is the HTTP status, for example 401 or 429.
	Status int
	// Detail is one sentence for a person: why, and what to do.
	Detail string
	// Header is sent too, for example WWW-Authenticate. Its keys are canonical.
	Header http.Header
}

// Observation is what became of one request.
type Observation struct {
	// Route is the kind of path, one of a fixed set: never what a client made up.
	Route string
	// Status is the HTTP status that was sent, and Bytes the length of the body.
	Status, Bytes int
	// Took is the time from the first look at the request to the last write.
	Took time.Duration
}

// admitted asks the gates. A request that may not pass is answered already.
func (x *exchange) admitted(t target) bool {
	if x.server.options.Limit != nil && !t.isUnlimited() && x.stopped(x.server.options.Limit) {
		return false
	}
	return x.server.options.Auth == nil || !t.isGuarded() || !x.stopped(x.server.options.Auth)
}

func (x *exchange) stopped(gate Gate) bool {
	refusal := gate.Check(x.r)
	if refusal == nil {
		return false
	}
	maps.Copy(x.w.Header(), refusal.Header)
	x.fail(refusal.Status, refusal.Detail)
	return true
}

// isUnlimited is true for what Kubernetes asks, and for the assets of the page: a
// browser asks for two dozen at once, and a page of which a part is refused
// shows nothing.
func (t target) isUnlimited() bool {
	return t.page == pageHealth || t.page == pageReadiness || t.page == pageAsset
}

// isGuarded is true for all that tells what the registry holds, and for paths
// that do not exist: what is public is listed, so that nothing is so by mistake.
func (t target) isGuarded() bool {
	switch t.page {
	case pageHome, pageAsset, pageSlash, pageHealth, pageReadiness, pageOpenAPI, pagePing, pageVersion, pageMetadata:
		return false
	default:
		return true
	}
}
