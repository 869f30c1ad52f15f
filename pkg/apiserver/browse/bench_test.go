package browse_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/browse"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

var sizes = []int{10_000, 187_000}

func BenchmarkBuild(b *testing.B) {
	for _, size := range sizes {
		snapshot := corpus.Snapshot(b, size)
		index := texts(b, snapshot)
		var parsed []registry.Parsed
		require.NoError(b, snapshot.Each(func(p registry.Parsed) error { parsed = append(parsed, p); return nil }))
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			b.ReportAllocs()
			var held int
			for b.Loop() {
				var builder browse.Builder
				for number, p := range parsed {
					builder.Add(number, p)
				}
				held = builder.Build(index).Size()
			}
			b.ReportMetric(float64(held)/float64(size), "bytes/record")
			b.ReportMetric(float64(held)/float64(len(snapshot.Content)), "of-records")
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, size := range sizes {
		c := load(b, corpus.Snapshot(b, size))
		for _, query := range []string{
			"", "limit=100", "q=weather", "q=weather+calendar", "q=e", "q=zq", "q=io.github.velvet/music", "transport=sse&transport=stdio", "tag=velvet&tier=community",
			"q=weather&transport=stdio", "q=weather&cursor=" + c.ask(b, "q=weather").next,
		} {
			q, err := browse.ParseQuery(query)
			require.NoError(b, err)
			b.Run(fmt.Sprintf("%d/%.40s", size, query), func(b *testing.B) {
				b.ReportAllocs()
				total := 0
				for b.Loop() {
					total = c.Search(q).Total
				}
				b.ReportMetric(float64(total), "matches")
			})
		}
	}
}
