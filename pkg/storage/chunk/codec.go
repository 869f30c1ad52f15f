package chunk

import (
	"bytes"
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
	// MaxContent is the most bytes of content before compression.
	MaxContent = 512 << 20

	// maxWindow bounds what a decoder keeps of the stream; the encoder uses 8 MiB.
	maxWindow = 32 << 20
)

// Split compresses the content of snapshot and cuts it into at least one piece.
// The same content gives the same pieces.
func Split(snapshot registry.Snapshot) ([][]byte, error) {
	if len(snapshot.Content) > MaxContent {
		return nil, fmt.Errorf("the snapshot has %d bytes, at most %d can be stored", len(snapshot.Content), MaxContent)
	}
	// Zero frames give an empty snapshot a piece as well, so that "no pieces"
	// is always a fault.
	encoder, err := zstd.NewWriter(nil,
		zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithZeroFrames(true))
	if err != nil {
		return nil, fmt.Errorf("making the compressor: %w", err)
	}
	pieces := slices.Collect(slices.Chunk(encoder.EncodeAll(snapshot.Content, nil), MaxSize))
	if len(pieces) > MaxCount {
		return nil, fmt.Errorf("the snapshot needs %d pieces of %d bytes, at most %d can be stored", len(pieces), MaxSize, MaxCount)
	}
	return pieces, nil
}

// Join is the reverse of [Split]. pieces are in the order of manifest.Chunks.
// Whatever does not match manifest gives an error that wraps [storage.ErrDamaged].
func Join(manifest storage.Manifest, pieces [][]byte) (registry.Snapshot, error) {
	if len(pieces) != len(manifest.Chunks) {
		return registry.Snapshot{}, damaged("%d pieces were read, the manifest names %d", len(pieces), len(manifest.Chunks))
	}
	if manifest.Size < 0 || manifest.Size > MaxContent {
		return registry.Snapshot{}, damaged("the manifest says %d bytes, the limit is %d", manifest.Size, MaxContent)
	}
	readers := make([]io.Reader, 0, len(pieces))
	for i, want := range manifest.Chunks {
		if len(pieces[i]) != want.Size || registry.DigestOf(pieces[i]) != want.Digest {
			return registry.Snapshot{}, damaged("chunk %q does not have the digest %s", want.Name, want.Digest)
		}
		readers = append(readers, bytes.NewReader(pieces[i]))
	}
	content, err := expand(io.MultiReader(readers...), manifest.Size)
	if err != nil {
		return registry.Snapshot{}, err
	}
	return check(manifest, content)
}

// expand reads at most size bytes: a small stream can expand to terabytes.
func expand(compressed io.Reader, size int64) ([]byte, error) {
	decoder, err := zstd.NewReader(compressed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxWindow))
	if err != nil {
		return nil, damaged("decompressing: %v", err)
	}
	defer decoder.Close()
	// The size was only claimed so far, so the buffer grows with what is there.
	var content bytes.Buffer
	n, err := io.Copy(&content, io.LimitReader(decoder, size+1))
	if err != nil {
		return nil, damaged("decompressing: %v", err)
	}
	if n != size {
		return nil, damaged("the content does not have the %d bytes that the manifest says", size)
	}
	return content.Bytes(), nil
}

func check(manifest storage.Manifest, content []byte) (registry.Snapshot, error) {
	snapshot := registry.New(content, bytes.Count(content, []byte{'\n'}))
	if snapshot.Digest != manifest.Digest {
		return registry.Snapshot{}, damaged("the content has the digest %s, the manifest says %s", snapshot.Digest, manifest.Digest)
	}
	if snapshot.Servers != manifest.Servers {
		return registry.Snapshot{}, damaged("the content has %d servers, the manifest says %d", snapshot.Servers, manifest.Servers)
	}
	return snapshot, nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", storage.ErrDamaged, fmt.Sprintf(format, args...))
}
