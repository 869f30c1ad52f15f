// Package source is the first step of the data's way: it brings the bytes of
// one source of server metadata, or says that they have not changed.
//
// Each kind of source has a package of its own below this one. A fetcher reads
// no more than it is allowed to, trusts nothing it reads, and classifies its
// errors with package fault. It does not parse.
package source

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// Reasons for a failed fetch. They appear as condition reasons.
const (
	// ReasonUnavailable: the source cannot be reached or does not exist now.
	ReasonUnavailable = "SourceUnavailable"
	// ReasonTooLarge: the source is larger than the operator may read.
	ReasonTooLarge = "SourceTooLarge"
	// ReasonInvalidReference: the spec names something that can never be fetched.
	ReasonInvalidReference = "InvalidSourceReference"
	// ReasonAuthFailed: the source refused the credentials.
	ReasonAuthFailed = "SourceAuthFailed"
	// ReasonVerificationFailed: the source is not signed with the key, or does not
	// have the digest, that the spec names.
	ReasonVerificationFailed = "VerificationFailed"
)

// Revision names a state of a source in the source's own words: a Git commit, a
// resourceVersion. Equal revisions mean equal bytes.
type Revision string

// Content is the answer of a fetch.
type Content struct {
	// Revision is the state that Files were read from.
	Revision Revision
	// Unchanged is true when Revision equals the one asked about; there are then
	// no Files.
	Unchanged bool
	// Files are the registry files, in an order that only depends on their names.
	// Together they have at most the fetcher's limit in bytes.
	Files []File
	// Independent is true when each of Files stands for itself, as the files of a
	// folder do: one that is no registry is left out, told of, and fails only itself.
	// Otherwise one of them fails all, for nobody can tell what it should have held.
	Independent bool
	// Skipped is what the source has in the place of a file and the fetcher did not
	// read, with the reason. It is told like an entry that is not valid.
	Skipped []registry.Rejection
	// Merged is true when Files are what was stored of the source before, with
	// the changes since. Entries that could not be used were not stored, so what
	// was said of them before still holds and is not found again.
	Merged bool
	// Spool holds what Files load; nil if all is in memory.
	Spool io.Closer
}

// File is one registry file of a source.
type File struct {
	// Name tells a person which one it is; "" where a source is one file.
	Name string
	// Data is nobody else's: whoever parses the file may respell it.
	Data []byte
	// Load, if set, reads the file from a spool and Data is nil: a source that is
	// too large for memory is handed out in pieces.
	Load func() ([]byte, error)
	// Size is about how many bytes Load reads.
	Size int64
}

// Bytes are the file's content, wherever it is kept.
func (f File) Bytes() ([]byte, error) {
	if f.Load == nil {
		return f.Data, nil
	}
	return f.Load()
}

// OneFile is the content of a source that is one file.
func OneFile(revision Revision, data []byte) Content {
	return Content{Revision: revision, Files: []File{{Data: data}}}
}

// Close gives up what is kept outside of memory. Files that load cannot be read
// any more.
func (c Content) Close() error {
	if c.Spool == nil {
		return nil
	}
	return c.Spool.Close()
}

// Data is the first file's, nil if there is none or it is not in memory.
func (c Content) Data() []byte {
	if len(c.Files) == 0 {
		return nil
	}
	return c.Files[0].Data
}

// Fetcher brings the content of one source.
type Fetcher interface {
	// Fetch returns the present content. If the source is still at known, it
	// may answer Unchanged without reading; an empty known always reads.
	// Revision and Files always come from one and the same read.
	Fetch(ctx context.Context, known Revision) (Content, error)
}

// Stored gives the records that were stored of a source at a revision, all of
// them, in any order, or an error. An error costs reading everything, no more.
type Stored func(ctx context.Context, at Revision) iter.Seq2[registry.Parsed, error]

// Updater is a fetcher that can read changes alone and put them over what is stored.
type Updater interface {
	Fetcher
	// Update is Fetch with what is stored of the source, unfiltered.
	Update(ctx context.Context, known Revision, stored Stored) (Content, error)
}

// ErrTooLarge classifies a source that exceeds limit bytes.
func ErrTooLarge(what string, limit int64) error {
	return fault.NewTerminal(ReasonTooLarge,
		fmt.Errorf("%s is larger than the limit of %d bytes (--max-source-bytes)", what, limit))
}
