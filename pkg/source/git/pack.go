package git

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

const (
	// maxObjects bounds the index of a pack, which is held in memory.
	maxObjects = 500_000
	// packCacheBytes is for trees on the way to the file; more is of no use.
	packCacheBytes = 4 * cache.MiByte
	// objectCost is what an object counts beside its bytes in a pack that is kept: of
	// 256 MiB, at most 40 MiB are in memory.
	objectCost = 256
	// packCost is what a pack counts beside its bytes: it is an open file, and of those
	// a process may have some thousands.
	packCost = 512 << 10
)

// storedPack is a pack on disk that was found to be harmless. Several may read it
// at the same time.
type storedPack struct {
	file *os.File
	// bytes and objects are how large it is.
	bytes, objects int64
	index          idxfile.Index
	// sum is that of the bytes that were checked and indexed.
	sum [sha256.Size]byte
}

// storePack checks a file, indexes it and takes it over.
func storePack(ctx context.Context, file *os.File, maxObjectBytes int64) (_ *storedPack, err error) {
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("measure the pack: %w", err)
	}
	if err := checkPack(newView(ctx, file, size), maxObjectBytes); err != nil {
		return nil, err
	}
	writer := new(idxfile.Writer)
	parser, err := packfile.NewParser(packfile.NewScanner(newView(ctx, file, size)), writer)
	if err != nil {
		return nil, fmt.Errorf("index the pack: %w", err)
	}
	if _, err := parser.Parse(); err != nil {
		return nil, fmt.Errorf("index the pack: %w", err)
	}
	index, err := writer.Index()
	if err != nil {
		return nil, fmt.Errorf("index the pack: %w", err)
	}
	stored := &storedPack{file: file, bytes: size, index: index}
	if stored.objects, err = index.Count(); err != nil {
		return nil, fmt.Errorf("index the pack: %w", err)
	}
	stored.sum, err = stored.hash(ctx)
	return stored, err
}

// intact says whether the pack is as it was written. All of it is read again: the
// index is right only for what was indexed.
func (p *storedPack) intact(ctx context.Context) bool {
	sum, err := p.hash(ctx)
	return err == nil && sum == p.sum
}

func (p *storedPack) hash(ctx context.Context) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	if _, err := io.Copy(h, newView(ctx, p.file, p.bytes)); err != nil {
		return sum, fmt.Errorf("read the pack: %w", err)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// Size implements [shelf.Item].
func (p *storedPack) Size() int64 { return packCost + p.bytes + objectCost*p.objects }

// Close implements [shelf.Item].
func (p *storedPack) Close() error { return p.file.Close() }

// open is for one reader, until ctx ends.
func (p *storedPack) open(ctx context.Context) *pack {
	objects := cache.NewObjectLRU(packCacheBytes)
	return &pack{packfile.NewPackfileWithCache(p.index, nil, newView(ctx, p.file, p.bytes), objects, 0)}
}

// pack reads the objects of a pack.
type pack struct {
	*packfile.Packfile
}

// Get returns an object whose content has the wanted hash. The index alone does not
// say so: go-git makes it with other code than it reads with, and who has made the pack
// may know where the two differ.
func (p *pack) Get(hash plumbing.Hash) (plumbing.EncodedObject, error) {
	encoded, err := p.Packfile.Get(hash)
	if err != nil {
		return nil, err
	}
	if encoded.Hash() != hash {
		return nil, fmt.Errorf("object %s of the pack has another content", hash)
	}
	return encoded, nil
}

// wanted is Get for what the server was asked for.
func (p *pack) wanted(hash plumbing.Hash) (plumbing.EncodedObject, error) {
	encoded, err := p.Get(hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, fmt.Errorf("%w: %s is not in the pack", errRefused, hash)
	}
	return encoded, err
}

// checkPack reads the sizes that the pack's objects claim to have once they are
// inflated and patched together. go-git holds the parser to these claims but
// accepts any, and a small pack can claim gigabytes.
func checkPack(file io.Reader, maxObjectBytes int64) error {
	scanner := packfile.NewScanner(file)
	_, count, err := scanner.Header()
	if err != nil {
		return fmt.Errorf("read the pack's header: %w", err)
	}
	if count > maxObjects {
		return tooLarge("the repository has %d objects, more than the limit of %d", count, maxObjects)
	}
	for range count {
		size, err := nextSize(scanner, maxObjectBytes)
		if err != nil {
			return fmt.Errorf("read the pack: %w", err)
		}
		if size > maxObjectBytes {
			return tooLarge("the repository holds an object of %d bytes, more than the limit of %d", size, maxObjectBytes)
		}
	}
	return nil
}

// nextSize returns the size of the scanner's next object and moves past it,
// unless its stored form alone is over limit.
func nextSize(scanner *packfile.Scanner, limit int64) (int64, error) {
	header, err := scanner.NextObjectHeader()
	if err != nil {
		return 0, err
	}
	if header.Length > limit {
		return header.Length, nil
	}
	var start prefix
	if _, _, err := scanner.NextObject(&start); err != nil {
		return 0, err
	}
	if !header.Type.IsDelta() {
		return header.Length, nil
	}
	return deltaTarget(start)
}

// deltaTarget returns the size of what a delta makes: the second of the two
// numbers at its start.
func deltaTarget(delta []byte) (int64, error) {
	_, n := binary.Uvarint(delta)
	if n <= 0 {
		return 0, errors.New("malformed delta")
	}
	size, m := binary.Uvarint(delta[n:])
	if m <= 0 || size > math.MaxInt64 {
		return 0, errors.New("malformed delta")
	}
	return int64(size), nil
}

// prefix keeps the first bytes written to it: enough for a delta's two numbers.
type prefix []byte

func (p *prefix) Write(b []byte) (int, error) {
	if room := 2*binary.MaxVarintLen64 - len(*p); room > 0 {
		*p = append(*p, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

func tooLarge(format string, args ...any) error {
	return fault.NewTerminal(source.ReasonTooLarge, fmt.Errorf(format, args...))
}
