package browse

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/index"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

const (
	// MaxText is how many bytes the words of a question may have together, and
	// how many each value of a filter.
	MaxText = 256
	// MaxFilters is how many bytes the values of all filters may have together,
	// percent-encoded. A URL holds them and, for the next page, a cursor that
	// holds them too and in which a byte may take six.
	MaxFilters = 1 << 10
	// DefaultLimit is how many records an answer has if nothing is asked for.
	DefaultLimit = 30
	// MaxLimit is how many can be asked for.
	MaxLimit = 100

	// More words or values of one filter than these are refused: each costs a
	// look at every candidate.
	mostWords  = 16
	mostWanted = 10
)

// Query is a question. The zero value, with a limit, asks for everything.
type Query struct {
	// Text is what was asked for, folded, with one blank between words.
	Text string
	// words are those of Text, each once.
	words []string
	// wanted holds the values of the filters: of the tags all must match, of
	// the others any.
	wanted [facets][]string
	// limit is how many records are wanted, after a place.
	limit int
	after *place
}

// place is where an answer left off: the rank and the name of its last record.
type place struct {
	rank int
	name string
}

// ParseQuery reads the parameters of a URL. An empty one counts as absent, of q,
// limit and cursor given twice the first counts, and unknown ones are ignored.
// An error is for the client, and names the parameter.
//
// A cursor carries the question it was made for, and that wins over the rest of
// the URL.
func ParseQuery(raw string) (Query, error) {
	p, err := readParameters(raw)
	if err != nil {
		return Query{}, err
	}
	limit := DefaultLimit
	if p.limit != "" {
		n, err := strconv.ParseUint(p.limit, 10, 16)
		if err != nil || n < 1 || n > MaxLimit {
			return Query{}, fmt.Errorf("limit must be a number from 1 to %d", MaxLimit)
		}
		limit = int(n)
	}
	q, err := newQuery(p.text, p.wanted)
	if err != nil {
		return Query{}, err
	}
	if p.cursor != "" {
		if q, err = parseCursor(p.cursor); err != nil {
			return Query{}, err
		}
	}
	q.limit = limit
	return q, nil
}

// parameters are the known parameters, unescaped and otherwise as sent.
type parameters struct {
	text, limit, cursor string
	wanted              [facets][]string
}

func readParameters(raw string) (parameters, error) {
	var p parameters
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if value == "" || !isParameter(key) {
			continue
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return p, fmt.Errorf("%s is not correctly percent-encoded", key)
		}
		p.set(key, text)
	}
	return p, nil
}

func isParameter(key string) bool {
	_, filters := facetOf(key)
	return filters || key == "q" || key == "limit" || key == "cursor"
}

func facetOf(parameter string) (facet, bool) {
	for f := range facets {
		if f.parameter() == parameter {
			return f, true
		}
	}
	return 0, false
}

func (p *parameters) set(key, text string) {
	var single *string
	switch key {
	case "q":
		single = &p.text
	case "limit":
		single = &p.limit
	case "cursor":
		single = &p.cursor
	default:
		f, _ := facetOf(key)
		p.wanted[f] = append(p.wanted[f], text)
		return
	}
	if *single == "" {
		*single = text
	}
}

// newQuery checks what a client or a cursor asks for.
func newQuery(text string, wanted [facets][]string) (Query, error) {
	q := Query{wanted: wanted}
	words := strings.Fields(index.Fold(text))
	q.Text = strings.Join(words, " ")
	// Folding may lengthen it, and a cursor holds it folded.
	if len(q.Text) > MaxText || !utf8.ValidString(text) {
		return q, fmt.Errorf("q must be UTF-8 of at most %d bytes", MaxText)
	}
	slices.Sort(words)
	if q.words = slices.Compact(words); len(q.words) > mostWords {
		return q, fmt.Errorf("q must be at most %d words", mostWords)
	}
	for f, values := range wanted {
		if err := facet(f).check(values); err != nil {
			return q, err
		}
	}
	if percentEncoded(wanted) > MaxFilters {
		return q, fmt.Errorf("tag, transport, package_type, tier and status must have at most %d bytes together, percent-encoded", MaxFilters)
	}
	return q, nil
}

// percentEncoded is how many bytes the values have in a URL if a client escapes
// all that any client does, blanks too.
func percentEncoded(wanted [facets][]string) (n int) {
	for _, values := range wanted {
		for _, value := range values {
			for _, c := range []byte(value) {
				n += bytesInURL(c)
			}
		}
	}
	return n
}

func bytesInURL(c byte) int {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		return 1
	}
	return len("%20")
}

func (f facet) check(values []string) error {
	if len(values) > mostWanted {
		return fmt.Errorf("%s must be given at most %d times", f.parameter(), mostWanted)
	}
	for _, value := range values {
		if len(value) > MaxText || !utf8.ValidString(value) {
			return fmt.Errorf("%s must be UTF-8 of at most %d bytes", f.parameter(), MaxText)
		}
		if f == transports && !isTransport(strings.ToLower(value)) {
			return errors.New("transport must be stdio, streamable-http or sse")
		}
	}
	return nil
}

// filters says whether there is any filter.
func (q *Query) filters() bool {
	for _, values := range q.wanted {
		if len(values) > 0 {
			return true
		}
	}
	return false
}

// literal returns a value as the facet's terms spell it.
func (f facet) literal(value string) []byte {
	quoted, err := json.Marshal(value)
	if err != nil {
		return nil // a string can be encoded
	}
	// Terms are in canonical form, which json.Marshal is not.
	literal, err := registry.Canonical(quoted)
	if err != nil {
		return nil // NUL, which no server has
	}
	if f != tags {
		return f.spell(literal)
	}
	return literal
}
