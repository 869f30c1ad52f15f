package index_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/index"
)

// FuzzFind compares with what the index is to replace: a look at every text. The
// texts of records are parted by '|', their fields by ','.
func FuzzFind(f *testing.F) {
	for _, seed := range [][2]string{
		{"abc,def|abc,def|abd", "ab"}, {"|,|,,|", ""}, {"ÄÖÜ|äöü\n|\xff", "öü"}, {"aaaa|aaaab|aaa", "aaaa"}, {"İstanbul|I|ı", "i"},
		{strings.Repeat("abcdefgh|abcdefg|bcd\nefgh,K|", 60), "CDE"},
	} {
		f.Add(seed[0], seed[1], 0)
		f.Add(seed[0], seed[1], 2)
	}
	f.Fuzz(func(t *testing.T, corpus, needle string, from int) {
		var b index.Builder
		var texts []string
		for record := range strings.SplitSeq(corpus, "|") {
			fields := strings.Split(record, ",")
			b.Add(fields...)
			for i, field := range fields {
				fields[i] = fold(field)
			}
			texts = append(texts, strings.Join(fields, "\n")+"\n")
		}
		x := b.Build()
		want := []int{}
		for i, text := range texts {
			require.Equal(t, text, x.Text(i))
			if i >= from && strings.Contains(text, fold(needle)) {
				want = append(want, i)
			}
		}
		require.Equal(t, want, collect(x.Find(needle, from)))
		first, second := needle[:len(needle)/2], needle[len(needle)/2:]
		want = want[:0]
		for i, text := range texts {
			if i >= from && strings.Contains(text, fold(first)) && strings.Contains(text, fold(second)) {
				want = append(want, i)
			}
		}
		require.Equal(t, want, collect(x.FindAll([]string{index.Fold(first), index.Fold(second)}, from)))
	})
}

// fold is the simplest way to say what Fold does.
func fold(text string) string {
	return strings.ReplaceAll(strings.ToLower(text), "\n", " ")
}
