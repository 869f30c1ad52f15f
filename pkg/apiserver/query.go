package apiserver

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

const (
	defaultLimit  = 30
	maxLimit      = 100
	maxTextLength = 256
	// maxVersionLength is what 255 characters may take, which is the longest version.
	maxVersionLength = 1024
	latestVersion    = "latest"
)

// filter says which records a list holds. All of it must hold at once.
type filter struct {
	search, version string
	deleted         bool
	// changes asks only for what was updated later than since, in nanoseconds
	// since 1970. What is gone belongs to it.
	changes bool
	since   int64
}

// query is a question for a page of the list.
type query struct {
	filter
	limit int
	after registry.ID
}

// parseQuery reads the parameters of a list. An empty one counts as absent, of one
// given twice the first counts, and unknown ones are ignored.
//
// A cursor carries the filters it was made under, and they win over those of
// the request: VS Code does not repeat its search on the second page.
func parseQuery(raw string) (query, error) {
	p, err := readParameters(raw)
	if err != nil {
		return query{}, err
	}
	q := query{limit: defaultLimit}
	if p.limit != "" {
		if q.limit, err = parseLimit(p.limit); err != nil {
			return query{}, err
		}
	}
	if q.filter, err = p.filter(); err != nil {
		return query{}, err
	}
	if p.cursor != "" {
		c, err := parseCursor(p.cursor)
		if err != nil {
			return query{}, err
		}
		q.after, q.filter = c.after, c.filter
	}
	return q, nil
}

func parseLimit(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n < 1 || n > maxLimit {
		return 0, fmt.Errorf("limit must be a number from 1 to %d", maxLimit)
	}
	return int(n), nil
}

// parameters are the known query parameters, unescaped and otherwise as sent.
type parameters struct {
	limit, cursor, search, version, updatedSince, includeDeleted string
}

// readParameters does what url.ParseQuery does, without a map.
func readParameters(raw string) (parameters, error) {
	var p parameters
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		key, value, _ := strings.Cut(pair, "=")
		field := p.field(key)
		if field == nil || *field != "" {
			continue
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return p, fmt.Errorf("%s is not correctly percent-encoded", key)
		}
		*field = text
	}
	return p, nil
}

func (p *parameters) field(key string) *string {
	switch key {
	case "limit":
		return &p.limit
	case "cursor":
		return &p.cursor
	case "search":
		return &p.search
	case "version":
		return &p.version
	case "updated_since":
		return &p.updatedSince
	case "include_deleted":
		return &p.includeDeleted
	}
	return nil
}

func (p parameters) filter() (filter, error) {
	f := filter{search: p.search, version: p.version}
	if len(f.search) > maxTextLength || !utf8.ValidString(f.search) {
		return f, fmt.Errorf("search must be UTF-8 of at most %d bytes", maxTextLength)
	}
	if len(f.version) > maxVersionLength || !utf8.ValidString(f.version) {
		return f, fmt.Errorf("version must be UTF-8 of at most %d bytes", maxVersionLength)
	}
	var err error
	if f.deleted, err = p.deleted(); err != nil {
		return f, err
	}
	if p.updatedSince == "" {
		return f, nil
	}
	since, err := time.Parse(time.RFC3339, p.updatedSince)
	if err != nil {
		return f, errors.New("updated_since must be a time as in RFC 3339, for example 2025-08-07T13:15:04Z")
	}
	if p.includeDeleted != "" && !f.deleted {
		return f, errors.New("updated_since cannot be combined with include_deleted=false: a reader of changes has to see what is gone")
	}
	f.changes, f.deleted, f.since = true, true, nanoseconds(since)
	return f, nil
}

func (p parameters) deleted() (bool, error) {
	if p.includeDeleted == "" {
		return false, nil
	}
	yes, err := strconv.ParseBool(p.includeDeleted)
	if err != nil {
		return false, errors.New("include_deleted must be true or false")
	}
	return yes, nil
}
