package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
)

// OfficialKey is the key of the official registry's own metadata in a record's _meta.
const OfficialKey = "io.modelcontextprotocol.registry/official"

// Digest is "sha256:" and 64 hexadecimal digits.
type Digest string

// DigestOf returns the digest of data.
func DigestOf(data []byte) Digest {
	sum := sha256.Sum256(data)
	return DigestOfSum(sum[:])
}

// DigestOfSum returns the digest whose SHA-256 is sum.
func DigestOfSum(sum []byte) Digest { return Digest("sha256:" + hex.EncodeToString(sum)) }

// Short returns the first eight hexadecimal digits, as used in object names.
func (d Digest) Short() string {
	_, hexDigits, found := strings.Cut(string(d), ":")
	if !found || len(hexDigits) < 8 {
		return ""
	}
	return hexDigits[:8]
}

// Official is what the registry itself knows of an entry. Field names and
// meaning are the official registry's.
type Official struct {
	Status          Status    `json:"status"`
	StatusChangedAt time.Time `json:"statusChangedAt"`
	PublishedAt     time.Time `json:"publishedAt"`
	UpdatedAt       time.Time `json:"updatedAt"`
	IsLatest        bool      `json:"isLatest"`
	StatusMessage   string    `json:"statusMessage,omitempty"`
}

// Meta is a record's _meta, as far as it is ours. What others put there stands
// behind it.
type Meta struct {
	Official Official `json:"io.modelcontextprotocol.registry/official"`
}

// Record is one entry as stored and as served in a page: {"server":…,"_meta":…}.
type Record struct {
	Server json.RawMessage `json:"server"`
	Meta   Meta            `json:"_meta"`
}

// Snapshot is the content of a registry at one moment.
//
// Content holds one record a line (each line ends in '\n'), in ascending order
// of (name, version) as a tuple. A line is compact JSON in the shape of
// [Record], the server in canonical form; so a page of the API is a run of
// lines. The zero value is the empty snapshot.
type Snapshot struct {
	Digest  Digest
	Servers int
	Content []byte
}

// Content is a snapshot that can be stored, there already or written as it is
// asked for.
type Content interface {
	Summary() Summary
	// WriteTo writes the content, the same each time.
	io.WriterTo
}

// Summary is what is known of a snapshot without its content.
type Summary struct {
	Digest  Digest
	Servers int
	// Size is the number of bytes of the content.
	Size int64
}

// Summary implements [Content].
func (s Snapshot) Summary() Summary { return Summary{s.Digest, s.Servers, int64(len(s.Content))} }

// WriteTo implements [Content].
func (s Snapshot) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(s.Content)
	return int64(n), err
}

// Changes says how a snapshot differs from the one before. Names are
// "name@version", sorted.
type Changes struct {
	Added, Updated, Removed []string
}

// Any reports whether there is a difference at all.
func (c Changes) Any() bool { return len(c.Added)+len(c.Updated)+len(c.Removed) > 0 }

// Parsed is one line of a snapshot, taken apart.
type Parsed struct {
	ID
	Official Official
	// Server, Foreign and Line share memory with the snapshot; Line is without '\n'.
	Server json.RawMessage
	// Foreign are the other members of the _meta (see [Foreign]).
	Foreign []byte
	Line    []byte
	// Title and Description are the server's, as they stand there: usually
	// string literals, nil where there is none.
	Title, Description json.RawMessage
}

// New returns the snapshot with this content and number of servers.
func New(content []byte, servers int) Snapshot {
	return Snapshot{Digest: DigestOf(content), Servers: servers, Content: content}
}

// Each calls yield for every record in order until it returns an error.
func (s Snapshot) Each(yield func(Parsed) error) error {
	rest := s.Content
	for n := 1; len(rest) > 0; n++ {
		line, tail, found := bytes.Cut(rest, []byte{'\n'})
		if !found {
			return errors.New("the last record is cut off")
		}
		p, err := parseLine(line)
		if err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
		if err := yield(p); err != nil {
			return err
		}
		rest = tail
	}
	return nil
}

// Records iterates over the records in order. An error is the last thing that
// is yielded.
func (s Snapshot) Records() iter.Seq2[Parsed, error] {
	return func(yield func(Parsed, error) bool) {
		err := s.Each(func(p Parsed) error {
			if !yield(p, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(Parsed{}, err)
		}
	}
}

// errEnough ends a loop that nobody follows any more.
var errEnough = errors.New("enough")
