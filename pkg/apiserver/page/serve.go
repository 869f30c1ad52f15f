package page

import (
	"net/http"
	"strconv"
	"strings"
)

const (
	// forEver is for assets whose address names their content.
	forEver = "public, max-age=31536000, immutable"
	// askAgain is for what may be another thing tomorrow under the same address.
	askAgain = "no-cache"
)

// Answer sends what the page has under name: "" is the document, and
// "{digest}/app.js" an asset. It returns the status and the bytes of the body;
// status 404 means that nothing was sent.
//
// An asset of another version of the program is answered with the one of this
// version: during an upgrade the document may come from another replica.
func Answer(w http.ResponseWriter, r *http.Request, name string) (status, written int) {
	all := built()
	if name == "" {
		return all.home.send(w, r, askAgain)
	}
	digest, file, _ := strings.Cut(name, "/")
	asset, found := all.assets[file]
	if !found {
		return http.StatusNotFound, 0
	}
	if digest != all.digest {
		return asset.send(w, r, askAgain)
	}
	return asset.send(w, r, forEver)
}

func (a *Asset) send(w http.ResponseWriter, r *http.Request, cache string) (status, written int) {
	h := w.Header()
	body, tag := a.body, `"`+a.tag+`"`
	h.Add("Vary", "Accept-Encoding")
	if takesGzip(r.Header.Values("Accept-Encoding")) {
		body, tag = a.zipped, `"`+a.tag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	h.Set("Cache-Control", cache)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if a.policy != "" {
		h.Set("Content-Security-Policy", a.policy)
	}
	if matches(r.Header.Values("If-None-Match"), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, 0
	}
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return http.StatusOK, 0
	}
	written, _ = w.Write(body) // the client may have gone
	return http.StatusOK, written
}

// takesGzip is true if gzip is named and not refused with a weight of zero.
func takesGzip(headers []string) bool {
	for _, header := range headers {
		for item := range strings.SplitSeq(header, ",") {
			coding, weight, weighted := strings.Cut(item, ";")
			if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				continue
			}
			if !weighted {
				return true
			}
			_, number, _ := strings.Cut(weight, "=")
			value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
			return err == nil && value > 0
		}
	}
	return false
}

// matches compares weakly: a proxy that compresses on its own makes a tag weak.
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
