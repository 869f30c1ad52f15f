package apiserver

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// cursor marks a place in a list by the key of the last record before it, so it
// stays good when another snapshot is swapped in. It carries the filters of its
// list, because VS Code does not repeat its search on the second page.
//
// Written, it is base64url, in characters that need no escaping in a URL because
// VS Code does not escape them, of
//
//	1 byte   which of the fields follow
//	4 times  a text: its length in one or two bytes (uvarint), its bytes
//	8 bytes  updated_since, nanoseconds since 1970
type cursor struct {
	after registry.ID
	filter
}

// The bits of a cursor's first byte; cursorBase is there so that no cursor
// begins like an earlier form of it.
const (
	cursorBase    = 0x40
	cursorSince   = 0x01
	cursorDeleted = 0x02
	// maxCursor is far above what the longest texts need.
	maxCursor = 4 << 10
)

// strictBase64 refuses bits after the last byte.
var strictBase64 = base64.RawURLEncoding.Strict()

var errCursor = errors.New("cursor is not one that this registry gave out")

// appendTo appends the written cursor.
func (c *cursor) appendTo(out []byte) []byte {
	var room [256]byte
	head := byte(cursorBase)
	if c.changes {
		head |= cursorSince
	}
	if c.deleted {
		head |= cursorDeleted
	}
	plain := append(room[:0], head)
	for _, text := range [...]string{c.after.Name, c.after.Version, c.search, c.version} {
		plain = binary.AppendUvarint(plain, uint64(len(text)))
		plain = append(plain, text...)
	}
	if head&cursorSince != 0 {
		plain = binary.BigEndian.AppendUint64(plain, uint64(c.since))
	}
	return base64.RawURLEncoding.AppendEncode(out, plain)
}

// String returns the written cursor.
func (c *cursor) String() string { return string(c.appendTo(nil)) }

// parseCursor accepts exactly what appendTo writes.
func parseCursor(text string) (cursor, error) {
	// The decoder would pass over line breaks.
	if len(text) > maxCursor || strings.ContainsAny(text, "\r\n") {
		return cursor{}, errCursor
	}
	decoded, err := strictBase64.DecodeString(text)
	if err != nil || len(decoded) == 0 || decoded[0]&^(cursorSince|cursorDeleted) != cursorBase {
		return cursor{}, errCursor
	}
	var c cursor
	c.deleted = decoded[0]&cursorDeleted != 0
	rest := string(decoded[1:]) // which all texts share
	for _, field := range [...]*string{&c.after.Name, &c.after.Version, &c.search, &c.version} {
		var ok bool
		if *field, rest, ok = cutText(rest); !ok {
			return cursor{}, errCursor
		}
	}
	if decoded[0]&cursorSince != 0 {
		if len(rest) != 8 {
			return cursor{}, errCursor
		}
		c.changes, c.since = true, int64(binary.BigEndian.Uint64([]byte(rest)))
		rest = ""
	}
	if rest != "" || c.after.Name == "" {
		return cursor{}, errCursor
	}
	return c, nil
}

// cutText accepts only the shortest way to write a length, so that a cursor has
// one spelling.
func cutText(data string) (text, rest string, ok bool) {
	length, n := binary.Uvarint([]byte(data[:min(len(data), binary.MaxVarintLen64)]))
	if n <= 0 || n > 1 && data[n-1] == 0 || length > uint64(len(data)-n) {
		return "", "", false
	}
	end := n + int(length)
	return data[n:end], data[end:], true
}
