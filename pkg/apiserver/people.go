package apiserver

import (
	"net/http"
	"net/url"

	webpage "github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/page"
)

// page answers with what package page has under name.
func (x *exchange) page(name string) {
	x.common()
	status, written := webpage.Answer(x.w, x.r, name)
	if status == http.StatusNotFound {
		x.fail(status, "the page has no such asset")
		return
	}
	x.status, x.written = status, written
}

// slash leads to the same path with a slash at its end, without which the
// relative addresses of the page would lead astray. The location is relative,
// because only the client knows what is before the path.
func (x *exchange) slash(last string) {
	location := "./" + url.PathEscape(last) + "/"
	if x.r.URL.RawQuery != "" {
		location += "?" + x.r.URL.RawQuery
	}
	x.common().Set("Location", location)
	x.head(http.StatusPermanentRedirect)
}
