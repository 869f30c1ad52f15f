package git

import (
	"context"
	"errors"
	"io"
	"os"
)

// view is a pack on disk as one reader sees it: with a place in it of its own, and
// only until its context ends, because the code that parses packs knows of none. It
// is a File of go-billy, which that code wants.
type view struct {
	*io.SectionReader
	file *os.File
	ctx  context.Context //nolint:containedctx // lives no longer than one Fetch
}

func newView(ctx context.Context, file *os.File, size int64) *view {
	return &view{SectionReader: io.NewSectionReader(file, 0, size), file: file, ctx: ctx}
}

// Read implements [io.Reader].
func (v *view) Read(b []byte) (int, error) {
	if err := v.ctx.Err(); err != nil {
		return 0, err
	}
	return v.SectionReader.Read(b)
}

var errReadOnly = errors.New("a pack is only read")

// The rest of go-billy's File; nobody else can open this one.

func (v *view) Name() string              { return v.file.Name() }
func (v *view) Write([]byte) (int, error) { return 0, errReadOnly }
func (v *view) Truncate(int64) error      { return errReadOnly }
func (v *view) Lock() error               { return nil }
func (v *view) Unlock() error             { return nil }
func (v *view) Close() error              { return nil } // the file is others' too
