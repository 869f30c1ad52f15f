package api

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// checkpoint is how far a registry has been read. As a revision it is one line
// for people and for [parseCheckpoint]:
//
//	3f2a91c0…: 187108 entries, since 2026-11-24T08:00:00Z, full 2026-11-24T07:00:00Z
type checkpoint struct {
	// digest names the content.
	digest string
	// entries that the registry has, deleted ones too.
	entries int
	// since is what the next look has to ask for changes after; zero if the
	// registry cannot be read by its changes.
	since time.Time
	// full is when everything was read last; only set with since.
	full time.Time
	// snapshot names the snapshot that a registry of ours served; "" for others.
	snapshot string
}

func (c checkpoint) revision() source.Revision {
	text := c.digest + ": " + strconv.Itoa(c.entries) + " entries"
	if !c.since.IsZero() {
		text += ", since " + c.since.UTC().Format(time.RFC3339Nano) + ", full " + c.full.UTC().Format(time.RFC3339)
	}
	if c.snapshot != "" {
		text += ", snapshot " + c.snapshot
	}
	return source.Revision(text)
}

// parseCheckpoint reads a revision; ok is false for one of another origin.
func parseCheckpoint(r source.Revision) (c checkpoint, ok bool) {
	digest, rest, found := strings.Cut(string(r), ": ")
	if !found || len(digest) != digestLength {
		return checkpoint{}, false
	}
	c.digest = digest
	for i, part := range strings.Split(rest, ", ") {
		key, value, found := strings.Cut(part, " ")
		var err error
		switch {
		case !found:
			return checkpoint{}, false
		case i == 0:
			c.entries, err = strconv.Atoi(key)
		case key == "since":
			c.since, err = time.Parse(time.RFC3339, value)
		case key == "full":
			c.full, err = time.Parse(time.RFC3339, value)
		case key == "snapshot":
			c.snapshot = value
		}
		if err != nil {
			return checkpoint{}, false
		}
	}
	return c, true
}

// digestLength is that of a digest and of a snapshot's name: enough that no two
// are equal by chance, and short enough for people.
const digestLength = 32

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])[:digestLength]
}
