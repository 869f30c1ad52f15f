package chunk

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// maxManifest is above what MaxCount pieces, twice, MaxKept earlier ones and the
// largest [registry.About] need.
const maxManifest = 1 << 20

var (
	digestShape = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	shortShape  = regexp.MustCompile(`^[0-9a-f]{8}$`)
)

// Name is the name of the nth piece (from 0) of the snapshot with digest, where
// pointer is the name of the object that holds the manifest.
func Name(pointer string, digest registry.Digest, n int) string {
	return pointer + "-" + digest.Short() + "-" + strconv.Itoa(n)
}

// Describe lists pieces as a manifest names them.
func Describe(pointer string, digest registry.Digest, pieces [][]byte) []storage.Chunk {
	chunks := make([]storage.Chunk, 0, len(pieces))
	for n, piece := range pieces {
		chunks = append(chunks, storage.Chunk{Name: Name(pointer, digest, n), Digest: registry.DigestOf(piece), Size: len(piece)})
	}
	return chunks
}

// ParseManifest reads a manifest as it is stored. Fields that this version does
// not know are ignored. Anything that [Describe] could not have made gives an
// error that wraps [storage.ErrDamaged]: readers get and are granted what a
// manifest names, so it must not name just anything. What people are told is cut
// to its bounds instead, which a later version may have set wider.
func ParseManifest(data []byte) (storage.Manifest, error) {
	if len(data) > maxManifest {
		return storage.Manifest{}, damaged("the manifest has %d bytes, the limit is %d", len(data), maxManifest)
	}
	var manifest storage.Manifest
	if err := json.Unmarshal(data, &manifest); err != nil {
		return storage.Manifest{}, damaged("the manifest is not readable: %v", err)
	}
	if err := checkManifest(manifest); err != nil {
		return storage.Manifest{}, err
	}
	manifest.About = manifest.Bounded()
	return manifest, nil
}

func checkManifest(m storage.Manifest) error {
	if err := checkCounts(m.Digest, m.Size, m.Servers); err != nil {
		return err
	}
	if len(m.Chunks) == 0 || len(m.Chunks) > MaxCount || len(m.Previous) > MaxCount {
		return damaged("the manifest names %d and %d chunks, the limits are 1 and %d", len(m.Chunks), len(m.Previous), MaxCount)
	}
	pointer, found := strings.CutSuffix(m.Chunks[0].Name, Name("", m.Digest, 0))
	if !found || pointer == "" {
		return damaged("the manifest names %.80q as its first chunk", m.Chunks[0].Name)
	}
	if err := checkChunks(m.Chunks, pointer, m.Digest.Short()); err != nil {
		return err
	}
	if err := checkChunks(m.Previous, pointer, previousShort(m.Previous, pointer)); err != nil {
		return err
	}
	return checkHistory(m.History, pointer)
}

// checkCounts looks at what is said of one snapshot, the current or an earlier one.
func checkCounts(digest registry.Digest, size int64, servers int) error {
	if !digestShape.MatchString(string(digest)) {
		return damaged("the manifest's digest %.80q is not a sha256", digest)
	}
	if size < 0 || size > MaxContent || servers < 0 || int64(servers) > size {
		return damaged("the manifest says %d servers in %d bytes", servers, size)
	}
	return nil
}

func checkHistory(history []storage.Past, pointer string) error {
	kept := 0
	for _, p := range history {
		if kept += len(p.Chunks); len(p.Chunks) == 0 || len(p.Chunks) > MaxCount || kept > MaxKept {
			return damaged("the manifest names %d chunks of an earlier snapshot, %d in all", len(p.Chunks), kept)
		}
		if err := checkCounts(p.Digest, p.Size, p.Servers); err != nil {
			return err
		}
		if err := checkChunks(p.Chunks, pointer, p.Digest.Short()); err != nil {
			return err
		}
	}
	return nil
}

// previousShort is the part of the first name that is a digest's short form;
// the whole digest of the previous snapshot is not recorded.
func previousShort(previous []storage.Chunk, pointer string) string {
	if len(previous) == 0 {
		return ""
	}
	short := strings.TrimSuffix(strings.TrimPrefix(previous[0].Name, pointer+"-"), "-0")
	if !shortShape.MatchString(short) {
		return ""
	}
	return short
}

func checkChunks(chunks []storage.Chunk, pointer, short string) error {
	for n, c := range chunks {
		if short == "" || c.Name != pointer+"-"+short+"-"+strconv.Itoa(n) {
			return damaged("the manifest names %.80q as chunk %d", c.Name, n)
		}
		if !digestShape.MatchString(string(c.Digest)) || c.Size < 1 || c.Size > MaxSize {
			return damaged("the manifest says %d bytes and digest %.80q for chunk %d", c.Size, c.Digest, n)
		}
	}
	return nil
}
