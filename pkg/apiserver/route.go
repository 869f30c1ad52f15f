package apiserver

import (
	"net/url"
	"strings"
)

// page names what can be asked for.
type page int

const (
	pageNone page = iota
	pageHome
	pageAsset
	pageSlash
	pageHealth
	pageReadiness
	pageOpenAPI
	pagePing
	pageVersion
	pageList
	pageServerVersions
	pageServer
	pageSearch
	pageState
	pageMetadata
)

// String is the page's name in metrics and logs.
func (p page) String() string {
	return [...]string{
		pageNone: "none", pageHome: "home", pageAsset: "asset", pageSlash: "slash", pageHealth: "health", pageReadiness: "readiness", pageOpenAPI: "openapi",
		pagePing: "ping", pageVersion: "version", pageList: "list", pageServerVersions: "versions", pageServer: "server",
		pageSearch:   "search",
		pageState:    "state",
		pageMetadata: "metadata",
	}[p]
}

// target is what a path means.
type target struct {
	page
	// api is whether the path lies below an API prefix, known or not.
	api bool
	// name and version are of [pageServerVersions] and [pageServer]; name is also
	// that of an asset, and the last segment of what misses its slash.
	name, version string
}

// location is the path that was asked for. Escaped, "a%2Fb" and "a/b" may mean
// different servers; plain is the same without escapes.
type location struct{ escaped, plain string }

// locationOf believes net/http, which sets RawPath only to a path that it could read.
func locationOf(u *url.URL) location {
	if u.RawPath != "" {
		return location{u.RawPath, u.Path}
	}
	return location{u.EscapedPath(), u.Path}
}

// route reads the path: a server's name holds a slash, which clients escape or
// not, so segments are unescaped once and only after they were split.
// Slashes at both ends do not count: base URLs are joined carelessly.
func (l location) route(registryName string) target {
	path := strings.Trim(l.escaped, "/")
	if below, found := strings.CutPrefix(path, "registry/"); found {
		name, rest, _ := strings.Cut(below, "/")
		if l.unescape(name) != registryName || registryName == "" {
			return target{api: true}
		}
		if rest == "" && !strings.HasSuffix(l.escaped, "/") {
			return target{page: pageSlash, name: registryName}
		}
		if rest, found = strings.CutPrefix(rest, "v0.1/"); found {
			return l.routeAPI(rest)
		}
		if t := routePage(rest); t.page != pageNone {
			return t
		}
		return target{api: true}
	}
	if rest, found := strings.CutPrefix(path, "v0.1/"); found {
		return l.routeAPI(rest)
	}
	if rest, found := strings.CutPrefix(path, "v0/"); found {
		return l.routeAPI(rest)
	}
	switch path {
	case "health":
		return target{page: pageHealth}
	case "readiness":
		return target{page: pageReadiness}
	}
	return routeMetadata(path)
}

// routePage reads what people and their tools ask for beside the API, at the
// root and below the registry's name.
func routePage(path string) target {
	switch path {
	case "":
		return target{page: pageHome}
	case "openapi.yaml":
		return target{page: pageOpenAPI}
	}
	if rest, found := strings.CutPrefix(path, "page/"); found {
		return target{page: pageAsset, name: rest}
	}
	return target{}
}

func (l location) routeAPI(path string) target {
	switch path {
	case "servers":
		return target{page: pageList, api: true}
	case "ping":
		return target{page: pagePing, api: true}
	case "version":
		return target{page: pageVersion, api: true}
	case "health":
		return target{page: pageHealth, api: true}
	case "x/servers/search":
		return target{page: pageSearch, api: true}
	case "x/registry":
		return target{page: pageState, api: true}
	}
	if rest, found := strings.CutPrefix(path, "servers/"); found {
		return l.routeServer(rest)
	}
	return target{api: true}
}

// routeServer reads {name}/versions and {name}/versions/{version}.
func (l location) routeServer(path string) target {
	none := target{api: true}
	name, rest, found := strings.Cut(path, "/")
	if !found {
		return none
	}
	plain := l.unescape(name)
	if !strings.Contains(plain, "/") {
		// The slash of the name was not escaped. "x/versions" alone remains a
		// name without any slash.
		second, tail, more := strings.Cut(rest, "/")
		if more && (second != "versions" || tail == "versions" || strings.HasPrefix(tail, "versions/")) {
			plain, rest = plain+"/"+l.unescape(second), tail
		}
	}
	if rest == "versions" {
		return target{page: pageServerVersions, api: true, name: plain}
	}
	version, found := strings.CutPrefix(rest, "versions/")
	if !found {
		return none
	}
	return target{page: pageServer, api: true, name: plain, version: l.unescape(version)}
}

// unescape unescapes a segment once. Correct escapes are all that net/http lets
// through, so what cannot be unescaped is merely a name that does not exist.
func (l location) unescape(segment string) string {
	at := strings.IndexByte(segment, '%')
	if at < 0 {
		return segment
	}
	if len(l.escaped) == len(l.plain)+len("%2F")-1 {
		// As a rule a name's slash is all there is to escape: this segment has the
		// only escape of the path, and plain has it undone.
		from := strings.IndexByte(l.escaped, '%') - at
		return l.plain[from : from+len(segment)-len("%2F")+1]
	}
	text, err := url.PathUnescape(segment)
	if err != nil {
		return segment
	}
	return text
}
