package api

import (
	"context"
	"encoding/json"
	"regexp"
)

// ownTag is the ETag of a page of a registry of ours: 16 digits of the digest of
// its snapshot, and the name of the page.
var ownTag = regexp.MustCompile(`^W/"([0-9a-f]{16})-[0-9a-f]{1,16}"$`)

// snapshotOf is the name of the snapshot in an ETag; "" if it is not one of ours.
func snapshotOf(tag string) string {
	if parts := ownTag.FindStringSubmatch(tag); parts != nil {
		return parts[1]
	}
	return ""
}

// state is what a registry of ours says of what it serves.
type state struct {
	// ours is false for any other registry.
	ours     bool
	snapshot string
	// entries there are, deleted ones too.
	entries int
}

// recognize finds out whether p is of a registry of ours. Only such a one knows
// the question, and gives the digest that the ETag begins with.
func (c *client) recognize(ctx context.Context, p page) {
	c.own = state{}
	if p.snapshot == "" {
		return
	}
	_, body, err := c.get(ctx, c.endpoint.at(c.version, "/x/registry", nil))
	if err != nil {
		return // the list is what counts, and it is read like any other
	}
	var answer struct {
		Digest  string `json:"digest"`
		Servers int    `json:"servers"`
	}
	const prefix, digits = len("sha256:"), len("0123456789abcdef")
	if json.Unmarshal(body, &answer) != nil || len(answer.Digest) < prefix+digits {
		return
	}
	c.own = state{ours: true, snapshot: answer.Digest[prefix : prefix+digits], entries: answer.Servers}
}

// snapshot is that of a page of a registry of ours; "" for others.
func (c *client) snapshot(p page) string {
	if !c.own.ours {
		return ""
	}
	return p.snapshot
}
