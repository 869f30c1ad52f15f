package bench

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
)

var sizes = []int{10_000, 100_000}

const versionsPerName = 4

// file makes a registry file of n server versions of about 1 KB each, the same
// in every run. Half of an entry is noise, so that it compresses like real ones.
func file(n int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var text bytes.Buffer
	text.WriteString(`{"data":{"servers":[`)
	for i := range n {
		if i > 0 {
			text.WriteByte(',')
		}
		name, version := i/versionsPerName, i%versionsPerName
		fmt.Fprintf(&text, `{"name":"io.example.team%d/server-%d","description":"Invented server number %d","version":"1.%d.0",`+
			`"remotes":[{"type":"streamable-http","url":"https://server-%d.example.com/mcp"}],`+
			`"websiteUrl":"https://example.com/%s","_meta":{"com.example/filler":"%s"}}`,
			name%97, name, name, version, name, noise(random, 30), strings.Repeat("the same words ", 30))
	}
	text.WriteString(`]}}`)
	return text.Bytes()
}

// noise is text of 16*n characters.
func noise(random *rand.Rand, n int) string {
	var text strings.Builder
	for range n {
		fmt.Fprintf(&text, "%016x", random.Uint64())
	}
	return text.String()
}

func BenchmarkParse(b *testing.B) {
	each(b, func(b *testing.B, d data) {
		for b.Loop() {
			_, err := format.Parse(format.Upstream, d.file)
			require.NoError(b, err)
		}
	})
}

func BenchmarkFilter(b *testing.B) {
	each(b, func(b *testing.B, d data) {
		f, err := filter.New(filter.Spec{Names: filter.Patterns{Include: []string{"io.example.*"}, Exclude: []string{"*-77*"}}})
		require.NoError(b, err)
		for b.Loop() {
			f.Apply(d.catalog.Servers)
		}
	})
}

// BenchmarkRebuild is what a sync of an unchanged source costs after parsing.
func BenchmarkRebuild(b *testing.B) {
	each(b, func(b *testing.B, d data) {
		for b.Loop() {
			_, changes, err := registry.Build(d.catalog.Servers, d.snapshot, time.Unix(2, 0))
			require.NoError(b, err)
			require.Zero(b, changes)
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	each(b, func(b *testing.B, d data) {
		for b.Loop() {
			pieces, err := chunk.Split(d.snapshot)
			require.NoError(b, err)
			b.ReportMetric(float64(len(pieces)), "chunks")
		}
	})
}

// BenchmarkServeStart is the time from stored chunks to the first answer.
func BenchmarkServeStart(b *testing.B) {
	each(b, func(b *testing.B, d data) {
		pieces, err := chunk.Split(d.snapshot)
		require.NoError(b, err)
		manifest := storage.Manifest{
			Digest: d.snapshot.Digest, Servers: d.snapshot.Servers, Size: int64(len(d.snapshot.Content)),
			Chunks: chunk.Describe("bench", d.snapshot.Digest, pieces),
		}
		for b.Loop() {
			snapshot, err := chunk.Join(manifest, inTurn(pieces))
			require.NoError(b, err)
			require.NoError(b, apiserver.New(apiserver.Options{}).Load(snapshot))
		}
	})
}

// inTurn hands out the pieces in order.
func inTurn(pieces [][]byte) func(storage.Chunk) ([]byte, error) {
	return func(storage.Chunk) ([]byte, error) {
		piece := pieces[0]
		pieces = pieces[1:]
		return piece, nil
	}
}

// data is one size of input at each stage of the way.
type data struct {
	file     []byte
	catalog  registry.Catalog
	snapshot registry.Snapshot
}

// each runs a benchmark for every size; throughput is in bytes of the source.
func each(b *testing.B, run func(b *testing.B, d data)) {
	for _, size := range sizes {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			d := data{file: file(size)}
			var err error
			d.catalog, err = format.Parse(format.Upstream, d.file)
			require.NoError(b, err)
			require.Len(b, d.catalog.Servers, size)
			d.snapshot, _, err = registry.Build(d.catalog.Servers, registry.Snapshot{}, time.Unix(1, 0))
			require.NoError(b, err)
			b.SetBytes(int64(len(d.file)))
			b.ReportAllocs()
			run(b, d)
		})
	}
}
