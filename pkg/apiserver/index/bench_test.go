package index_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/index"
)

var sizes = []int{10_000, 187_000}

func BenchmarkBuild(b *testing.B) {
	for _, size := range sizes {
		c := newCorpus(size)
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			b.ReportAllocs()
			var held int
			for b.Loop() {
				held = c.index().Size()
			}
			b.ReportMetric(float64(held)/float64(c.size()), "bytes/record")
			b.ReportMetric(float64(held)/float64(c.size()*recordBytes), "of-records")
		})
	}
}

func BenchmarkFind(b *testing.B) {
	for _, size := range sizes {
		x := newCorpus(size).index()
		for _, needle := range []string{
			"kubernetes", "weather", "server", "github", "io.github.stazen", "mcp", "search web", "postgres", "öffentlich", "nothing like it", "q", "zq", "yaml zero",
		} {
			for _, from := range []int{0, size * 2 / 3} {
				b.Run(fmt.Sprintf("%d/%s/%d", size, needle, from), func(b *testing.B) {
					b.ReportAllocs()
					hits := 0
					for b.Loop() {
						hits = visit(x.Find(needle, from), 31)
					}
					b.ReportMetric(float64(hits), "hits")
				})
			}
		}
	}
}

// All matches have to be visited by who wants to know their number.
func BenchmarkFindAll(b *testing.B) {
	x := newCorpus(187_000).index()
	for _, needles := range [][]string{{"kubernetes"}, {"postgres", "query"}, {"server"}, {"a"}, {"github", "search"}} {
		b.Run(fmt.Sprint(needles), func(b *testing.B) {
			b.ReportAllocs()
			hits := 0
			for b.Loop() {
				hits = visit(x.FindAll(needles, 0), x.Records())
			}
			b.ReportMetric(float64(hits), "hits")
		})
	}
}

// visit returns how many records there are, up to most.
func visit(c index.Cursor, most int) (hits int) {
	for hits < most {
		if _, found := c.Next(); !found {
			break
		}
		hits++
	}
	return hits
}
