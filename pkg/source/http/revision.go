package http

import (
	"net/http"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// revision is a state of the file. Written, it is
//
//	sha256:… [etag=…|modified=…]
type revision struct {
	digest registry.Digest
	// etag and modified are the server's own names for it, as it sent them.
	etag, modified string
}

// maxValidator is the longest name that is remembered; longer ones are no use to
// anybody.
const maxValidator = 256

func revisionOf(digest registry.Digest, header http.Header) revision {
	r := revision{digest: digest}
	if etag := header.Get("ETag"); usable(etag) {
		r.etag = etag
	} else if modified := header.Get("Last-Modified"); usable(modified) {
		r.modified = modified
	}
	return r
}

func usable(validator string) bool {
	return validator != "" && len(validator) <= maxValidator && !strings.ContainsAny(validator, "\r\n")
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
	if !strings.HasPrefix(digest, "sha256:") {
		return revision{}
	}
	r := revision{digest: registry.Digest(digest)}
	if etag, found := strings.CutPrefix(validator, "etag="); found {
		r.etag = etag
	}
	if modified, found := strings.CutPrefix(validator, "modified="); found {
		r.modified = modified
	}
	return r
}

// condition asks the server to send the file only if it is another one.
func (r revision) condition(header http.Header) {
	switch {
	case r.etag != "":
		header.Set("If-None-Match", r.etag)
	case r.modified != "":
		header.Set("If-Modified-Since", r.modified)
	}
}
