// Package storage keeps snapshots: what a registry serves outlives the operator
// and its sources.
//
// [Manager] is the interface; every backend passes the conformance suite in
// storagetest. Invariants: publishing is atomic for readers, publishing what is
// already stored writes nothing, and nothing that belongs to somebody else is
// ever touched.
package storage

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

var (
	// ErrNotFound means that nothing is stored for this owner.
	ErrNotFound = errors.New("no snapshot is stored")
	// ErrDamaged means that something is stored but incomplete or not what its digests say.
	ErrDamaged = errors.New("the stored snapshot is damaged")
	// ErrNotKept means that no snapshot with the wanted digest is kept.
	ErrNotKept = errors.New("the snapshot is not kept")
	// ErrConflict means that an object that is not ours has the name that we need.
	ErrConflict = errors.New("an object of the same name belongs to somebody else")
)

// Owner is the registry that a snapshot belongs to.
type Owner struct {
	Namespace, Name string
	UID             types.UID
	// Slot tells the snapshots of one registry apart: "" is what it serves, the
	// name of a source is the last good catalogue of that source.
	Slot string
	// Keep is how many earlier snapshots are kept besides the current one.
	Keep int
}

// In returns the owner of another slot of the same registry, which keeps nothing
// besides the current snapshot.
func (o Owner) In(slot string) Owner {
	o.Slot, o.Keep = slot, 0
	return o
}

// Chunk is one piece of a stored snapshot.
type Chunk struct {
	// Name is the name of the object that holds the piece.
	Name string `json:"name"`
	// Digest is the sha256 of the stored (compressed) bytes.
	Digest registry.Digest `json:"digest"`
	// Size is the number of stored bytes.
	Size int `json:"size"`
}

// Inputs says what a snapshot was made from, so that the next reconcile can
// compare what is wanted with what is stored.
type Inputs struct {
	// SourceHash is a hash of the source part of the spec.
	SourceHash string `json:"sourceHash"`
	// FilterHash is a hash of the filter part of the spec.
	FilterHash string `json:"filterHash"`
}

// Origin says where a snapshot comes from.
type Origin struct {
	// Inputs says what the snapshot was made from.
	Inputs Inputs `json:"inputs"`
	// Revision is the source's revision at the time of publishing, for people.
	Revision string `json:"revision,omitempty"`
	// Pinned is true when a person chose this snapshot among the earlier ones.
	Pinned bool `json:"pinned,omitempty"`
	// About is what people are told. It is stored bounded.
	registry.About
}

// SameOrigin says whether o and other are the same.
func (o Origin) SameOrigin(other Origin) bool {
	return o.Inputs == other.Inputs && o.Revision == other.Revision && o.Pinned == other.Pinned && o.Equal(other.About)
}

// Manifest describes a stored snapshot.
type Manifest struct {
	// Digest is the sha256 of the snapshot's content before compression.
	Digest registry.Digest `json:"digest"`
	// Servers is the number of server versions.
	Servers int `json:"servers"`
	// Size is the number of bytes of the content before compression.
	Size int64 `json:"size"`
	Origin
	// PublishedAt is when this digest became the current one.
	PublishedAt time.Time `json:"publishedAt"`
	// Chunks hold the compressed content, in order.
	Chunks []Chunk `json:"chunks"`
	// Previous are the chunks of the snapshot before this one. They are kept for
	// readers that still load it.
	Previous []Chunk `json:"previous,omitempty"`
	// History are the earlier snapshots that are kept, the latest first.
	History []Past `json:"history,omitempty"`
}

// Past is an earlier snapshot that can become current again.
type Past struct {
	// Digest, Servers, Size, Revision, PublishedAt and Chunks are as they were in
	// its manifest.
	Digest      registry.Digest `json:"digest"`
	Servers     int             `json:"servers"`
	Size        int64           `json:"size"`
	Revision    string          `json:"revision,omitempty"`
	PublishedAt time.Time       `json:"publishedAt"`
	Chunks      []Chunk         `json:"chunks"`
}

// Prepare is called before anything of a new snapshot is written: readers must be
// allowed to read it before it becomes current.
type Prepare func(ctx context.Context, next Manifest) error

// Manager stores one snapshot per owner, which is a slot of a registry.
type Manager interface {
	// Stat returns what is stored and whether it is whole: [ErrNotFound],
	// [ErrDamaged] (with what is known of the manifest) or [ErrConflict]. It
	// costs no request while nothing has changed since the last look.
	Stat(ctx context.Context, owner Owner) (Manifest, error)
	// Load returns the stored snapshot, verified against its digests.
	Load(ctx context.Context, owner Owner) (registry.Snapshot, error)
	// Publish makes snapshot the current one. If it is stored already and
	// whole, with the same origin, nothing is written. prepare may be nil.
	Publish(ctx context.Context, owner Owner, snapshot registry.Content, origin Origin, prepare Prepare) (Manifest, error)
	// Restore makes the kept snapshot with this digest, which may be the current
	// one, current again and marks it as pinned, for no inputs. The current one
	// stays kept, if any are. [ErrNotKept] if there is none of that digest,
	// [ErrDamaged] if it is not whole any more; then nothing is changed.
	Restore(ctx context.Context, owner Owner, digest registry.Digest, prepare Prepare) (Manifest, error)
	// Describe changes what people are told of the stored snapshot and nothing
	// else. It needs one that is whole; if about is the same, nothing is written.
	Describe(ctx context.Context, owner Owner, about registry.About) (Manifest, error)
	// Tidy deletes what a publish that was cut off has left behind: all that neither
	// the current nor an earlier snapshot needs. While there is nothing, it costs no
	// request. What is there of a damaged snapshot stays.
	Tidy(ctx context.Context, owner Owner) error
	// Delete removes all that is stored for owner, in its slot and no other.
	// Nothing stored is no error.
	Delete(ctx context.Context, owner Owner) error
	// Slots are the names of the slots, other than "", in which something of the
	// registry is stored, sorted. It costs no request and may lag behind.
	Slots(ctx context.Context, registry Owner) ([]string, error)
}
