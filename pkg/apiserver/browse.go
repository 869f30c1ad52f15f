package apiserver

import (
	"net/http"
	"strconv"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/browse"
)

// search answers the ranked search, an extension of the standard API.
func (x *exchange) search() {
	q, err := browse.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		x.fail(http.StatusBadRequest, err.Error())
		return
	}
	if x.unchanged() {
		return
	}
	x.sendBuilt(func(out []byte) []byte { return x.snapshot.appendResult(out, x.snapshot.catalog.Search(q)) })
}

// appendResult appends records as the API's list, with the total and the facets.
func (s *snapshot) appendResult(out []byte, found browse.Result) []byte {
	out = append(out, `{"servers":[`...)
	out = s.appendRecords(out, found.Numbers)
	out = append(out, `],"metadata":{"count":`...)
	out = strconv.AppendInt(out, int64(len(found.Numbers)), 10)
	out = append(out, `,"total":`...)
	out = strconv.AppendInt(out, int64(found.Total), 10)
	if found.Next != "" {
		out = append(out, `,"nextCursor":"`...)
		out = append(out, found.Next...)
		out = append(out, '"')
	}
	out = append(out, `},"facets":`...)
	out = append(out, found.Facets...)
	return append(out, '}')
}
