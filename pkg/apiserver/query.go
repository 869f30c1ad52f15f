package apiserver

import (
	"encoding/base64"
	"encoding/json"
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
	latestVersion = "latest"
)

// filter says which records a list holds. All of it must hold at once.
type filter struct {
	Search         string    `json:"s,omitempty"`
	Version        string    `json:"v,omitempty"`
	UpdatedSince   time.Time `json:"u,omitzero"`
	IncludeDeleted bool      `json:"d,omitempty"`
}

// passes looks at everything but Search.
func (f filter) passes(r record) bool {
	if r.deleted && !f.IncludeDeleted {
		return false
	}
	if f.Version == latestVersion && !r.latest {
		return false
	}
	if f.Version != "" && f.Version != latestVersion && f.Version != r.Version {
		return false
	}
	return f.UpdatedSince.IsZero() || r.updated.After(f.UpdatedSince)
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
		q.after, q.filter = registry.ID{Name: c.Name, Version: c.At}, c.filter
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
	f := filter{Search: p.search, Version: p.version}
	if len(f.Search) > maxTextLength || !utf8.ValidString(f.Search) {
		return f, fmt.Errorf("search must be UTF-8 of at most %d bytes", maxTextLength)
	}
	if len(f.Version) > maxTextLength || !utf8.ValidString(f.Version) {
		return f, fmt.Errorf("version must be UTF-8 of at most %d bytes", maxTextLength)
	}
	var err error
	if f.IncludeDeleted, err = p.deleted(); err != nil {
		return f, err
	}
	if p.updatedSince == "" {
		return f, nil
	}
	if f.UpdatedSince, err = time.Parse(time.RFC3339, p.updatedSince); err != nil {
		return f, errors.New("updated_since must be a time as in RFC 3339, for example 2025-08-07T13:15:04Z")
	}
	if p.includeDeleted != "" && !f.IncludeDeleted {
		return f, errors.New("updated_since cannot be combined with include_deleted=false: a reader of changes has to see what is gone")
	}
	f.UpdatedSince, f.IncludeDeleted = f.UpdatedSince.UTC(), true
	// An offset can lead out of the years that RFC 3339 can write, and a cursor must.
	if year := f.UpdatedSince.Year(); year < 1 || year > 9999 {
		return f, errors.New("updated_since must lie in the years 1 to 9999")
	}
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

// cursor marks a place in a list by the key of the last record before it, so it
// stays good when another snapshot is swapped in.
type cursor struct {
	Name string `json:"n"`
	At   string `json:"a"`
	filter
}

var errCursor = errors.New("cursor is not one that this registry gave out")

// String returns the cursor in characters that need no escaping in a URL,
// because VS Code does not escape them.
func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString(mustJSON(c))
}

// parseCursor accepts exactly what String writes.
func parseCursor(text string) (cursor, error) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return cursor{}, errCursor
	}
	var c cursor
	if err := json.Unmarshal(data, &c); err != nil {
		return cursor{}, errCursor
	}
	if c.Name == "" || c.String() != text {
		return cursor{}, errCursor
	}
	return c, nil
}
