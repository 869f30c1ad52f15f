package chunk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
)

const pointer = "acme-registry-storage"

// noise returns a snapshot that hardly compresses.
func noise(lines int) registry.Snapshot {
	random := rand.NewChaCha8([32]byte{1})
	var content bytes.Buffer
	line := make([]byte, 1023)
	for range lines {
		_, _ = random.Read(line)
		content.Write(bytes.ReplaceAll(line, []byte{'\n'}, []byte{'x'}))
		content.WriteByte('\n')
	}
	return registry.New(content.Bytes(), lines)
}

func stored(t *testing.T, s registry.Snapshot) (storage.Manifest, [][]byte) {
	t.Helper()
	pieces, err := chunk.Split(s)
	require.NoError(t, err)
	return storage.Manifest{
		Digest: s.Digest, Servers: s.Servers, Size: int64(len(s.Content)),
		Chunks: chunk.Describe(pointer, s.Digest, pieces),
	}, pieces
}

// from hands out pieces in order; there is nothing after the last one.
func from(pieces [][]byte) func(storage.Chunk) ([]byte, error) {
	return func(storage.Chunk) ([]byte, error) {
		if len(pieces) == 0 {
			return nil, nil
		}
		piece := pieces[0]
		pieces = pieces[1:]
		return piece, nil
	}
}

func TestRoundTrip(t *testing.T) {
	for name, tc := range map[string]struct {
		why      string
		snapshot registry.Snapshot
		pieces   int
	}{
		"empty":   {"an empty registry is stored like any other", registry.New(nil, 0), 1},
		"small":   {"one piece is the normal case", registry.New([]byte("{}\n"), 1), 1},
		"several": {"pitfall 30: more than one object can hold is cut, not refused", noise(3000), 4},
	} {
		t.Run(name, func(t *testing.T) {
			manifest, pieces := stored(t, tc.snapshot)
			require.Len(t, pieces, tc.pieces, tc.why)
			for _, piece := range pieces {
				require.LessOrEqual(t, len(piece), chunk.MaxSize)
			}
			_, again := stored(t, tc.snapshot)
			require.Equal(t, pieces, again, "the same content must give the same pieces")

			data, err := json.Marshal(manifest)
			require.NoError(t, err)
			parsed, err := chunk.ParseManifest(data)
			require.NoError(t, err)
			got, err := chunk.Join(parsed, from(pieces))
			require.NoError(t, err)
			require.Equal(t, tc.snapshot.Digest, got.Digest)
			require.Equal(t, tc.snapshot.Servers, got.Servers)
			require.True(t, bytes.Equal(tc.snapshot.Content, got.Content))
		})
	}
}

func TestJoinReturnsTheErrorOfReading(t *testing.T) {
	manifest, pieces := stored(t, noise(1500))
	gone := errors.New("no connection")
	calls := 0
	_, err := chunk.Join(manifest, func(storage.Chunk) ([]byte, error) {
		if calls++; calls == 2 {
			return nil, gone
		}
		return pieces[0], nil
	})
	require.ErrorIs(t, err, gone, "the caller knows what its errors mean")
	require.NotErrorIs(t, err, storage.ErrDamaged, "what could not be read is not damaged")
	require.Equal(t, 2, calls, "nothing is read in vain")
}

func TestSplitRefusesTooMuch(t *testing.T) {
	_, err := chunk.Split(registry.Snapshot{Content: make([]byte, chunk.MaxContent+1)})
	require.ErrorContains(t, err, "at most")
}

func TestJoinRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		why   string
		spoil func(m *storage.Manifest, pieces [][]byte) [][]byte
	}{
		"a missing piece": {"half a snapshot is none", func(_ *storage.Manifest, p [][]byte) [][]byte { return p[:1] }},
		"a flipped bit":   {"pitfall 3: edited data is noticed", func(_ *storage.Manifest, p [][]byte) [][]byte { p[1][7] ^= 1; return p }},
		"swapped pieces":  {"the order matters", func(_ *storage.Manifest, p [][]byte) [][]byte { p[0], p[1] = p[1], p[0]; return p }},
		"too small a size": {"content beyond the size is a bomb or an edit", func(m *storage.Manifest, p [][]byte) [][]byte {
			m.Size--
			return p
		}},
		"too large a size": {"content short of the size was cut", func(m *storage.Manifest, p [][]byte) [][]byte {
			m.Size++
			return p
		}},
		"a size beyond the limit": {"a claimed size must not be believed", func(m *storage.Manifest, p [][]byte) [][]byte {
			m.Size = chunk.MaxContent + 1
			return p
		}},
		"another digest": {"pieces may each be right and the whole wrong", func(m *storage.Manifest, p [][]byte) [][]byte {
			m.Digest = registry.DigestOf([]byte("other"))
			return p
		}},
		"another count": {"the number of servers is shown to people", func(m *storage.Manifest, p [][]byte) [][]byte {
			m.Servers++
			return p
		}},
		"not compressed": {"a right digest of the wrong thing", func(m *storage.Manifest, p [][]byte) [][]byte {
			p[0] = []byte("plain text")
			m.Chunks = chunk.Describe(pointer, m.Digest, p)
			return p
		}},
	} {
		t.Run(name, func(t *testing.T) {
			manifest, pieces := stored(t, noise(1500))
			pieces = tc.spoil(&manifest, pieces)
			_, err := chunk.Join(manifest, from(pieces))
			require.ErrorIs(t, err, storage.ErrDamaged, tc.why)
		})
	}
}

func TestJoinStopsABomb(t *testing.T) {
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	pieces := [][]byte{encoder.EncodeAll(make([]byte, 64<<20), nil)}
	digest := registry.DigestOf(nil)
	manifest := storage.Manifest{Digest: digest, Size: 10, Chunks: chunk.Describe(pointer, digest, pieces)}
	_, err = chunk.Join(manifest, from(pieces))
	require.ErrorIs(t, err, storage.ErrDamaged, "a small piece must not expand beyond the size that the manifest says")
}

func TestParseManifestRefuses(t *testing.T) {
	other := registry.DigestOf([]byte("previous"))
	for name, tc := range map[string]struct {
		why   string
		spoil func(m *storage.Manifest)
	}{
		"no digest":       {"nothing could be verified", func(m *storage.Manifest) { m.Digest = "" }},
		"a short digest":  {"names are made from it", func(m *storage.Manifest) { m.Digest = "sha256:abc" }},
		"a negative size": {"sizes are allocated", func(m *storage.Manifest) { m.Size = -1 }},
		"a huge size":     {"sizes are allocated", func(m *storage.Manifest) { m.Size = 1 << 50 }},
		"too many servers": {"a server needs at least one byte", func(m *storage.Manifest) {
			m.Servers = 1 << 40
		}},
		"no chunks": {"even an empty snapshot has one", func(m *storage.Manifest) { m.Chunks = nil }},
		"too many chunks": {"each costs a request", func(m *storage.Manifest) {
			m.Chunks = chunk.Describe(pointer, m.Digest, make([][]byte, chunk.MaxCount+1))
		}},
		"a foreign name": {"a manifest must not point a reader to any ConfigMap", func(m *storage.Manifest) {
			m.Chunks[0].Name = "kube-root-ca.crt"
		}},
		"a foreign previous name": {"previous names are granted to readers too", func(m *storage.Manifest) {
			m.Previous = chunk.Describe("other-registry-storage", other, [][]byte{{1}})
		}},
		"a previous name without digest": {"previous names are granted to readers too", func(m *storage.Manifest) {
			m.Previous = []storage.Chunk{{Name: pointer + "-secrets", Digest: other, Size: 1}}
		}},
		"an empty name": {"there is no object without a name", func(m *storage.Manifest) {
			m.Chunks[0].Name = chunk.Name("", m.Digest, 0)
		}},
		"a gap": {"the order is part of the name", func(m *storage.Manifest) {
			m.Chunks[0].Name = chunk.Name(pointer, m.Digest, 1)
		}},
		"an empty chunk": {"compressed bytes are never none", func(m *storage.Manifest) { m.Chunks[0].Size = 0 }},
		"a huge chunk":   {"no object can hold it", func(m *storage.Manifest) { m.Chunks[0].Size = chunk.MaxSize + 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			manifest, _ := stored(t, registry.New([]byte("{}\n"), 1))
			manifest.Previous = chunk.Describe(pointer, other, [][]byte{{1}, {2}})
			good, err := json.Marshal(manifest)
			require.NoError(t, err)
			_, err = chunk.ParseManifest(good)
			require.NoError(t, err)

			tc.spoil(&manifest)
			data, err := json.Marshal(manifest)
			require.NoError(t, err)
			got, err := chunk.ParseManifest(data)
			require.ErrorIs(t, err, storage.ErrDamaged, tc.why)
			require.Zero(t, got)
		})
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"digest":"sha256:` + strings.Repeat("0", 64) + `","chunks":[{"name":"a-00000000-0","digest":"sha256:` + strings.Repeat("0", 64) + `","size":9}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		manifest, err := chunk.ParseManifest(data)
		if err != nil {
			require.ErrorIs(t, err, storage.ErrDamaged)
			return
		}
		require.NotEmpty(t, manifest.Chunks)
		_, err = chunk.Join(manifest, from(make([][]byte, len(manifest.Chunks))))
		require.ErrorIs(t, err, storage.ErrDamaged)
	})
}
