package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
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

// Meta is a record's _meta.
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
	// Server and Line share memory with the snapshot; Line is without '\n'.
	Server json.RawMessage
	Line   []byte
	// Title and Description are the server's, as they stand there: usually
	// string literals, nil where there is none.
	Title, Description json.RawMessage
}

// Build makes the snapshot of servers. What previous already holds keeps its
// times, so unchanged servers give unchanged bytes; now is the time of all that
// is new or changed. servers must not hold an ID twice.
func Build(servers []Server, previous Snapshot, now time.Time) (Snapshot, Changes, error) {
	now = now.UTC().Truncate(time.Second)
	before, err := index(previous)
	if err != nil {
		return Snapshot{}, Changes{}, fmt.Errorf("reading the previous snapshot: %w", err)
	}
	sorted, size := arranged(servers)
	latest := latestOf(sorted, before, now)
	return build(sorted, size, before, now, func(s Server) bool { return latest[s.Name] == s.Version })
}

// BuildStated makes the snapshot of what one source holds, to be merged with others:
// without times, and the latest version of a name is what the source itself states,
// if it does. What follows from all versions cannot be known before the merge.
func BuildStated(servers []Server) (Snapshot, error) {
	sorted, size := arranged(servers)
	snapshot, _, err := build(sorted, size, map[ID]Parsed{}, time.Time{}, func(s Server) bool { return s.Latest })
	return snapshot, err
}

// build makes the snapshot of servers in order; before is taken apart.
func build(sorted []Server, size int, before map[ID]Parsed, now time.Time, latest func(Server) bool) (Snapshot, Changes, error) {
	content := make([]byte, 0, size)
	var changes Changes
	var err error
	for i, s := range sorted {
		if i > 0 && s.ID() == sorted[i-1].ID() {
			return Snapshot{}, Changes{}, fmt.Errorf("server %s@%s occurs twice", s.Name, s.Version)
		}
		old, known := before[s.ID()]
		official := carry(s, old, known, now)
		official.IsLatest = latest(s)
		if content, err = appendLine(content, s.JSON, official); err != nil {
			return Snapshot{}, Changes{}, fmt.Errorf("server %s@%s: %w", s.Name, s.Version, err)
		}
		note(&changes, s, old, known)
		delete(before, s.ID())
	}
	for id := range before {
		changes.Removed = append(changes.Removed, id.Name+"@"+id.Version)
	}
	// "a@1" and "a-b@1" sort differently as tuples and as texts.
	slices.Sort(changes.Added)
	slices.Sort(changes.Updated)
	slices.Sort(changes.Removed)
	return New(content, len(sorted)), changes, nil
}

// arranged returns the servers in the order of a snapshot, every status spelled
// out, and about how many bytes their lines take.
func arranged(servers []Server) (sorted []Server, size int) {
	sorted = slices.Clone(servers)
	for i := range sorted {
		if sorted[i].Status == "" {
			sorted[i].Status = StatusActive
		}
		size += len(sorted[i].JSON) + typicalOverhead
	}
	slices.SortFunc(sorted, func(a, b Server) int { return compareIDs(a.ID(), b.ID()) })
	return sorted, size
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

func index(s Snapshot) (map[ID]Parsed, error) {
	byID := make(map[ID]Parsed, s.Servers)
	err := s.Each(func(p Parsed) error { byID[p.ID] = p; return nil })
	return byID, err
}

// carry decides the times of an entry: first seen, last changed, and when its
// status last changed.
func carry(s Server, old Parsed, known bool, now time.Time) Official {
	if !known {
		return Official{
			Status: s.Status, StatusMessage: s.StatusMessage, StatusChangedAt: now, PublishedAt: now, UpdatedAt: now,
		}
	}
	o := old.Official
	if o.Status != s.Status {
		o.Status, o.StatusChangedAt, o.UpdatedAt = s.Status, now, now
	}
	if !bytes.Equal(old.Server, s.JSON) || o.StatusMessage != s.StatusMessage {
		o.StatusMessage, o.UpdatedAt = s.StatusMessage, now
	}
	return o
}

func note(c *Changes, s Server, old Parsed, known bool) {
	name := s.Name + "@" + s.Version
	switch {
	case !known:
		c.Added = append(c.Added, name)
	case !bytes.Equal(old.Server, s.JSON) || s.Status != old.Official.Status || s.StatusMessage != old.Official.StatusMessage:
		c.Updated = append(c.Updated, name)
	}
}

func compareIDs(a, b ID) int {
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	return strings.Compare(a.Version, b.Version)
}
