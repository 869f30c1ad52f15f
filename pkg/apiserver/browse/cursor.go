package browse

import (
	"encoding/base64"
	"encoding/json"
	"errors"
)

var errCursor = errors.New("cursor is not one that this search gave out")

// cursor is a question and the place where its answer left off.
type cursor struct {
	Rank   int              `json:"r"`
	Name   string           `json:"a"`
	Text   string           `json:"q,omitempty"`
	Wanted [facets][]string `json:"f,omitzero"`
}

// cursor returns the cursor of the records after the place, in characters that need
// no escaping in a URL.
func (q *Query) cursor(rank int, name string) string {
	data, err := json.Marshal(cursor{Rank: rank, Name: name, Text: q.Text, Wanted: q.wanted})
	if err != nil {
		panic(err) // it holds nothing that cannot be encoded
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// parseCursor accepts exactly what Query.cursor writes.
func parseCursor(text string) (Query, error) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return Query{}, errCursor
	}
	var c cursor
	if err := json.Unmarshal(data, &c); err != nil {
		return Query{}, errCursor
	}
	q, err := newQuery(c.Text, c.Wanted)
	if err != nil || c.Rank < 0 || c.Rank > lastRank || c.Name == "" {
		return Query{}, errCursor
	}
	if q.cursor(c.Rank, c.Name) != text {
		return Query{}, errCursor
	}
	q.after = &place{rank: c.Rank, name: c.Name}
	return q, nil
}
