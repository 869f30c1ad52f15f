package http

import (
	"net/http"
	"strings"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// revision is a state of the file. Written, it is
//
//	sha256:… [etag=…|modified=…]
type revision struct {
	digest registry.Digest
	// etag and modified are the server's own names for it, as it sent them; at
	// most one of them is set.
	etag, modified string
}

const (
	// maxValidator is the longest name that is remembered: it is stored and shown.
	maxValidator = 256
	// settled is how old a file must be for its time to tell it from its
	// successor: times have seconds, and clocks are not equal.
	settled = time.Minute
)

func revisionOf(digest registry.Digest, header http.Header) revision {
	r := revision{digest: digest}
	if etag := header.Get("ETag"); usable(etag) {
		r.etag = etag
	} else if modified := header.Get("Last-Modified"); usable(modified) && isSettled(modified, header.Get("Date")) {
		r.modified = modified
	}
	return r
}

// usable accepts what can be sent back as it is.
func usable(validator string) bool {
	return validator != "" && len(validator) <= maxValidator &&
		!strings.ContainsFunc(validator, func(r rune) bool { return r < ' ' || r > '~' })
}

// isSettled says whether a second change would have another time.
func isSettled(modified, date string) bool {
	at, err := http.ParseTime(modified)
	if err != nil {
		return false
	}
	now, err := http.ParseTime(date)
	return err == nil && now.Sub(at) >= settled
}

func (r revision) written() source.Revision {
	switch {
	case r.etag != "":
		return source.Revision(string(r.digest) + " etag=" + r.etag)
	case r.modified != "":
		return source.Revision(string(r.digest) + " modified=" + r.modified)
	}
	return source.Revision(r.digest)
}

// parseRevision returns the zero revision for what another kind of source wrote.
func parseRevision(text source.Revision) revision {
	digest, validator, _ := strings.Cut(string(text), " ")
	hexadecimal, found := strings.CutPrefix(digest, "sha256:")
	if !found || !pinShape.MatchString(hexadecimal) {
		return revision{}
	}
	r := revision{digest: registry.Digest(digest)}
	if etag, found := strings.CutPrefix(validator, "etag="); found && usable(etag) {
		r.etag = etag
	}
	if modified, found := strings.CutPrefix(validator, "modified="); found && usable(modified) {
		r.modified = modified
	}
	return r
}

// conditional says whether the server can be asked for another file than this.
func (r revision) conditional() bool { return r.etag != "" || r.modified != "" }

// condition asks the server to send the file only if it is another one.
func (r revision) condition(header http.Header) {
	switch {
	case r.etag != "":
		header.Set("If-None-Match", r.etag)
	case r.modified != "":
		header.Set("If-Modified-Since", r.modified)
	}
}
