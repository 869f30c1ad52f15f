package chunk

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

const (
	// MaxSize is the most bytes that one piece holds. A ConfigMap may hold
	// 1 MiB in all, and names, labels and managed fields need some of it.
	MaxSize = 900 << 10
	// MaxCount is the most pieces of one snapshot.
	MaxCount = 512
	// MaxKept is the most pieces of all earlier snapshots that one manifest names.
	MaxKept = 2 * MaxCount
	// MaxContent is the most bytes of content before compression.
	MaxContent = 512 << 20

	// usualRatio is how far content of real registries is compressed, at the most.
	usualRatio = 64
	// partSize is how much content is decompressed before it is hashed.
	partSize = 256 << 10

	// maxWindow bounds what a decoder keeps of the stream; the encoder uses 8 MiB.
	maxWindow = 32 << 20
)

// Split compresses a snapshot as it is written and cuts it into at least one
// piece. The same content gives the same pieces.
func Split(snapshot registry.Content) ([][]byte, error) {
	if size := snapshot.Summary().Size; size > MaxContent {
		return nil, fmt.Errorf("the snapshot has %d bytes, at most %d can be stored", size, MaxContent)
	}
	var pieces cutter
	// Zero frames give an empty snapshot a piece as well, so that "no pieces"
	// is always a fault. Of two processors, one compresses what the other writes;
	// what comes out is the same as with one.
	encoder, err := zstd.NewWriter(&pieces,
		zstd.WithEncoderConcurrency(2), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithZeroFrames(true))
	if err != nil {
		return nil, fmt.Errorf("making the compressor: %w", err)
	}
	if _, err := snapshot.WriteTo(encoder); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return pieces, nil
}

// cutter cuts what is written to it.
type cutter [][]byte

func (c *cutter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		last := len(*c) - 1
		if last < 0 || len((*c)[last]) == MaxSize {
			if last+1 == MaxCount {
				return 0, fmt.Errorf("the snapshot needs more than %d pieces of %d bytes, which is all that can be stored", MaxCount, MaxSize)
			}
			*c = append(*c, nil)
			last++
		}
		n := min(len(rest), MaxSize-len((*c)[last]))
		(*c)[last] = append((*c)[last], rest[:n]...)
		rest = rest[n:]
	}
	return len(p), nil
}

// Join is the reverse of [Split]. It asks read for the pieces in the order of
// manifest.Chunks, one at a time and each once, so that never more than one of
// them is in memory. An error of read is returned as it is; whatever does not
// match manifest gives an error that wraps [storage.ErrDamaged].
func Join(manifest storage.Manifest, read func(storage.Chunk) ([]byte, error)) (registry.Snapshot, error) {
	if manifest.Size < 0 || manifest.Size > MaxContent {
		return registry.Snapshot{}, damaged("the manifest says %d bytes, the limit is %d", manifest.Size, MaxContent)
	}
	pieces := &stream{chunks: manifest.Chunks, read: read}
	content, digest, err := expand(pieces, manifest)
	switch {
	case pieces.err != nil:
		return registry.Snapshot{}, pieces.err
	case err != nil:
		return registry.Snapshot{}, err
	}
	snapshot := registry.Snapshot{Digest: digest, Servers: bytes.Count(content, []byte{'\n'}), Content: content}
	return snapshot, check(manifest, snapshot)
}

// stream is the compressed content of all pieces, verified piece by piece.
type stream struct {
	chunks []storage.Chunk
	read   func(storage.Chunk) ([]byte, error)
	rest   []byte
	err    error // of read, or of a piece that is not what it should be
}

func (s *stream) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		if len(s.chunks) == 0 {
			return 0, io.EOF
		}
		if s.err = s.next(); s.err != nil {
			return 0, s.err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *stream) next() error {
	want := s.chunks[0]
	piece, err := s.read(want)
	if err != nil {
		return err
	}
	if len(piece) != want.Size || registry.DigestOf(piece) != want.Digest {
		return damaged("chunk %q does not have the digest %s", want.Name, want.Digest)
	}
	s.chunks, s.rest = s.chunks[1:], piece
	return nil
}

// expand reads at most manifest.Size bytes: a small stream can expand to
// terabytes. The digest is computed on another core meanwhile.
func expand(compressed io.Reader, manifest storage.Manifest) ([]byte, registry.Digest, error) {
	decoder, err := zstd.NewReader(compressed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxWindow))
	if err != nil {
		return nil, "", damaged("decompressing: %v", err)
	}
	defer decoder.Close()
	hash := newHasher()
	content, err := fill(decoder, manifest, hash.add)
	digest := hash.sum()
	if err != nil {
		return nil, "", err
	}
	return content, digest, nil
}

// fill reads the content and hands each part of it to done once it is there.
func fill(decoder io.Reader, manifest storage.Manifest, done func([]byte)) ([]byte, error) {
	// The size was only claimed so far. A claim that is usual is believed, so that
	// the buffer need not be copied as it grows; what exceeds it has to be there.
	compressed := int64(0)
	for _, c := range manifest.Chunks {
		compressed += int64(c.Size)
	}
	content := make([]byte, 0, min(manifest.Size, usualRatio*compressed)+1)
	for {
		if len(content) == cap(content) {
			content = slices.Grow(content, len(content))
		}
		// Parts that fit into a processor's cache are hashed while they are there.
		n, err := decoder.Read(content[len(content):min(cap(content), len(content)+partSize)])
		done(content[len(content) : len(content)+n])
		content = content[:len(content)+n]
		switch {
		case errors.Is(err, io.EOF) && int64(len(content)) == manifest.Size:
			return content, nil
		case errors.Is(err, io.EOF) || int64(len(content)) > manifest.Size:
			return nil, damaged("the content does not have the %d bytes that the manifest says", manifest.Size)
		case err != nil:
			return nil, damaged("decompressing: %v", err)
		}
	}
}

// hasher computes a SHA-256 beside the goroutine that brings the data.
type hasher struct {
	parts  chan []byte
	result chan registry.Digest
}

func newHasher() hasher {
	h := hasher{parts: make(chan []byte, 16), result: make(chan registry.Digest, 1)}
	go func() {
		sum := sha256.New()
		for part := range h.parts {
			sum.Write(part)
		}
		h.result <- registry.DigestOfSum(sum.Sum(nil))
	}()
	return h
}

func (h hasher) add(part []byte) { h.parts <- part }

func (h hasher) sum() registry.Digest {
	close(h.parts)
	return <-h.result
}

func check(manifest storage.Manifest, snapshot registry.Snapshot) error {
	if snapshot.Digest != manifest.Digest {
		return damaged("the content has the digest %s, the manifest says %s", snapshot.Digest, manifest.Digest)
	}
	if snapshot.Servers != manifest.Servers {
		return damaged("the content has %d servers, the manifest says %d", snapshot.Servers, manifest.Servers)
	}
	return nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", storage.ErrDamaged, fmt.Sprintf(format, args...))
}
