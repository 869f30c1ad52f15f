package git

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

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
)

// pack reads objects of a pack that was found to be harmless.
type pack struct {
	*packfile.Packfile
}

// openPack checks file and indexes it.
func openPack(file *packFile, maxObjectBytes int64) (*pack, error) {
	if err := checkPack(file, maxObjectBytes); err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("rewind the pack: %w", err)
	}
	writer := new(idxfile.Writer)
	parser, err := packfile.NewParser(packfile.NewScanner(file), writer)
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
	objects := cache.NewObjectLRU(packCacheBytes)
	return &pack{packfile.NewPackfileWithCache(index, nil, file, objects, 0)}, nil
}

// checkPack reads the sizes that the pack's objects claim to have once they are
// inflated and patched together. go-git holds the parser to these claims but
// accepts any, and a small pack can claim gigabytes.
func checkPack(file *packFile, maxObjectBytes int64) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind the pack: %w", err)
	}
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
