package apiserver

import (
	"net/http"
	"strings"
)

// metadataPath is where RFC 9728 puts the metadata of a protected resource. What
// follows it is the path of the resource.
const metadataPath = ".well-known/oauth-protected-resource"

// routeMetadata reads what is left of the paths at the root: unlike the page,
// the metadata is not found below a registry's name as well.
func routeMetadata(path string) target {
	if path == metadataPath || strings.HasPrefix(path, metadataPath+"/") {
		return target{page: pageMetadata}
	}
	return routePage(path)
}

// metadata tells clients where to get a token. It has to be public: who asks
// has none yet.
func (x *exchange) metadata() {
	if x.server.options.Metadata != nil {
		if body := x.server.options.Metadata(x.r); body != nil {
			x.send(typeJSON, body)
			return
		}
	}
	x.fail(http.StatusNotFound, "there is no metadata of a protected resource at this path")
}
