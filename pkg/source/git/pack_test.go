package git

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/scratch"
)

// FuzzTree: what lies in a tree of anybody's making is found by plain names only, and
// links and submodules are not followed.
func FuzzTree(f *testing.F) {
	blob := []byte("content")
	hash := plumbing.ComputeHash(plumbing.BlobObject, blob)
	file := func(mode, name string) string { return mode + " " + name + "\x00" + string(hash[:]) }
	for _, seed := range [][2]string{
		{file("100644", "server.json"), "."}, {file("100644", ".."), "**"}, {file("120000", "link"), "*"}, {file("160000", "m") + file("40000", "d"), "*/x"},
		{file("100644", "a/b"), "a/b"}, {file("100644", "") + file("100644", "\n"), "**"}, {"100644 x", "x"}, {"", "a"},
	} {
		f.Add([]byte(seed[0]), seed[1])
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, tree []byte, wanted string) {
		cfg := Config{Repository: "https://example.com/a", Path: wanted, MaxBytes: fuzzLimit}.defaults()
		if cfg.Check() != nil {
			return
		}
		root := plumbing.ComputeHash(plumbing.TreeObject, tree)
		commit := []byte("tree " + root.String() + "\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx\n")
		content, err := read(t, dir, cfg, plumbing.ComputeHash(plumbing.CommitObject, commit), packed(
			entry{plumbing.CommitObject, commit, nil}, entry{plumbing.TreeObject, tree, nil}, entry{plumbing.BlobObject, blob, nil}))
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.NotEmpty(t, content.Files)
		for _, file := range content.Files {
			require.Equal(t, blob, file.Data)
			require.False(t, strings.ContainsAny(file.Name, "\n\x00"))
			require.NotContains(t, strings.Split(file.Name, "/"), "..")
		}
	})
}

// FuzzDelta: no delta makes more of an object than it may have, or something else than
// its hash says.
func FuzzDelta(f *testing.F) {
	base := []byte("the quick brown fox")
	hash := plumbing.ComputeHash(plumbing.BlobObject, base)
	for _, seed := range []string{"\x13\x05\x05hello", "\x13\x13\x90\x13", "\x13\xff\xff\xff\xff\x7f\x90\x13", "\x13", "", "\x13\x00", "\x13\x26\x90\x13\x90\x13"} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, delta []byte) {
		file, err := scratch.File(dir)
		require.NoError(t, err)
		_, err = file.Write(packed(entry{plumbing.BlobObject, base, nil}, entry{plumbing.REFDeltaObject, delta, hash[:]}))
		require.NoError(t, err)
		stored, err := storePack(t.Context(), file, 64)
		if err != nil {
			return
		}
		defer func() { require.NoError(t, stored.Close()) }()
		entries, err := stored.index.Entries()
		require.NoError(t, err)
		for e, err := entries.Next(); err == nil; e, err = entries.Next() {
			object, err := stored.open(t.Context()).Get(e.Hash)
			if err != nil {
				continue
			}
			data, err := contentOf(object)
			require.NoError(t, err)
			require.Equal(t, e.Hash, plumbing.ComputeHash(object.Type(), data))
			require.LessOrEqual(t, object.Size(), int64(64))
		}
	})
}

func read(t *testing.T, dir string, cfg Config, commit plumbing.Hash, pack []byte) (source.Content, error) {
	t.Helper()
	file, err := scratch.File(dir)
	require.NoError(t, err)
	_, err = file.Write(pack)
	require.NoError(t, err)
	stored, err := storePack(t.Context(), file, fuzzLimit)
	if err != nil {
		return source.Content{}, err
	}
	defer func() { require.NoError(t, stored.Close()) }()
	return stored.open(t.Context()).readFiles(t.Context(), commit, cfg)
}

// entry is an object of a pack; base is what a delta is of.
type entry struct {
	kind    plumbing.ObjectType
	content []byte
	base    []byte
}

// packed is a well-formed pack around whatever the entries are.
func packed(entries ...entry) []byte {
	var pack bytes.Buffer
	pack.WriteString("PACK")
	_ = binary.Write(&pack, binary.BigEndian, []uint32{2, uint32(len(entries))})
	for _, e := range entries {
		size := len(e.content)
		first := byte(e.kind)<<4 | byte(size&0xf)
		for size >>= 4; size > 0; size >>= 7 {
			pack.WriteByte(first | 0x80)
			first = byte(size & 0x7f)
		}
		pack.WriteByte(first)
		pack.Write(e.base)
		w := zlib.NewWriter(&pack)
		_, _ = w.Write(e.content)
		_ = w.Close()
	}
	sum := sha1.Sum(pack.Bytes())
	return append(pack.Bytes(), sum[:]...)
}

// TestContentIsWhatItsHashSays: an index that has another opinion of a pack than who
// reads it, as a hostile pack might bring about, changes nothing.
func TestContentIsWhatItsHashSays(t *testing.T) {
	store := func(content string) *storedPack {
		file, err := scratch.File(t.TempDir())
		require.NoError(t, err)
		_, err = file.Write(packed(entry{plumbing.BlobObject, []byte(content), nil}))
		require.NoError(t, err)
		stored, err := storePack(t.Context(), file, fuzzLimit)
		require.NoError(t, err)
		t.Cleanup(func() { _ = stored.Close() })
		return stored
	}
	good, evil := store("good"), store("evil")
	hash := plumbing.ComputeHash(plumbing.BlobObject, []byte("good"))
	_, err := good.open(t.Context()).Get(hash)
	require.NoError(t, err)
	evil.index = good.index
	_, err = evil.open(t.Context()).Get(hash)
	require.ErrorContains(t, err, "has another content")
}
