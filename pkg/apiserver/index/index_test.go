package index_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/index"
)

func collect(c index.Cursor) []int {
	found := []int{}
	for {
		n, ok := c.Next()
		if !ok {
			return found
		}
		found = append(found, n)
	}
}

func newIndex(records ...[]string) *index.Index {
	var b index.Builder
	for _, texts := range records {
		b.Add(texts...)
	}
	return b.Build()
}

func TestFind(t *testing.T) {
	records := [][]string{
		0: {"io.acme/files", "Files", "Reads and writes\nfiles"},
		1: {"io.acme/files", "Files", "Reads and writes\nfiles"},
		2: {"io.acme/files", "Files", "Reads, writes and deletes files"},
		3: {"io.acme/wetter", "", "Wetter für ÖSTERREICH"},
		4: {},
		5: {},
		6: {"io.acme/broken", "\xff\xfeab", "a\x00b"},
		7: {"io.acme/ab", "ab", ""},
		8: {"x/y", "", "aaaaaaaa"},
	}
	cases := map[string]struct {
		why    string
		needle string
		from   int
		want   []int
	}{
		"in all of a run":    {"records of one document are all found", "reads and", 0, []int{0, 1}},
		"across documents":   {"a run ends where the text changes", "files", 0, []int{0, 1, 2}},
		"from within a run":  {"a page may begin between two versions", "files", 1, []int{1, 2}},
		"from beyond":        {"a cursor may lie behind the last record", "files", 9, []int{}},
		"from far beyond":    {"a snapshot may have shrunk", "files", 1 << 40, []int{}},
		"from below":         {"it is no position", "files", -5, []int{0, 1, 2}},
		"any case":           {"people do not care", "REAds And", 0, []int{0, 1}},
		"line break":         {"a line break is a blank", "writes files", 0, []int{0, 1}},
		"needle with break":  {"and the other way round", "writes\nfiles", 0, []int{0, 1}},
		"not across fields":  {"the end of one field and the beginning of the next are no text", "files Files", 0, []int{}},
		"not across records": {"nor of records", "files io", 0, []int{}},
		"umlaut":             {"case beyond ASCII", "österreich", 0, []int{3}},
		"upper umlaut":       {"case beyond ASCII", "FÜR Ö", 0, []int{3}},
		"empty":              {"all texts contain it, and no text too", "", 0, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}},
		"one byte":           {"there is no trigram", "w", 0, []int{0, 1, 2, 3}},
		"two bytes":          {"there is no trigram", "ab", 0, []int{6, 7}},
		"NUL":                {"any byte is one", "a\x00b", 0, []int{6}},
		"not UTF-8":          {"what is broken is alike broken", "\xffab", 0, []int{6}},
		"repeated":           {"a trigram that occurs often counts once", "aaaaaaaa", 0, []int{8}},
		"repeated too often": {"the trigrams are there, the text is not", "aaaaaaaaa", 0, []int{}},
		"absent":             {"no such trigram", "zzzzz", 0, []int{}},
	}
	x := newIndex(records...)
	require.Equal(t, len(records), x.Records())
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, collect(x.Find(c.needle, c.from)), c.why)
		})
	}
}

func TestFindInNothing(t *testing.T) {
	x := newIndex()
	require.Zero(t, x.Records())
	for _, needle := range []string{"", "a", "abc"} {
		require.Empty(t, collect(x.Find(needle, 0)))
	}
	require.Empty(t, collect(x.FindAll(nil, 0)))
}

func TestTextsAreFolded(t *testing.T) {
	x := newIndex([]string{"A\nB", "Ö"}, []string{"c"})
	require.Equal(t, "a b\nö\n", x.Text(0))
	require.Equal(t, "c\n", x.Text(1))
}

// A cursor that ended stays at the end.
func TestCursorStaysAtTheEnd(t *testing.T) {
	x := newIndex([]string{"abc"}, []string{"abc"})
	c := x.Find("abc", 0)
	first, end, found := c.NextRun()
	require.Equal(t, []any{0, 2, true}, []any{first, end, found})
	require.Equal(t, "abc\n", c.Text())
	for range 3 {
		_, _, found = c.NextRun()
		require.False(t, found)
		_, found = c.Next()
		require.False(t, found)
	}
}

// Lists are long enough here to have entries in the middle, which small indexes have not.
func TestFindInManyRecords(t *testing.T) {
	corpus := newCorpus(20_000)
	x := corpus.index()
	r := rand.New(rand.NewPCG(3, 4))
	texts := make([]string, corpus.size())
	for i := range texts {
		texts[i] = index.Fold(corpus.names[i]) + "\n" + index.Fold(corpus.titles[i]) + "\n" + index.Fold(corpus.descriptions[i]) + "\n"
		require.Equal(t, texts[i], x.Text(i))
	}
	for range 400 {
		source := strings.TrimSuffix(texts[r.IntN(len(texts))], "\n")
		begin := r.IntN(len(source))
		needle, _, _ := strings.Cut(source[begin:min(begin+1+r.IntN(12), len(source))], "\n")
		second := words[r.IntN(len(words))]
		from := r.IntN(len(texts))
		var one, both []int
		for i := from; i < len(texts); i++ {
			if strings.Contains(texts[i], index.Fold(needle)) {
				one = append(one, i)
				if strings.Contains(texts[i], second) {
					both = append(both, i)
				}
			}
		}
		require.Equal(t, append([]int{}, one...), collect(x.Find(needle, from)), "%q from %d", needle, from)
		require.Equal(t, append([]int{}, both...), collect(x.FindAll([]string{index.Fold(needle), second}, from)), "%q and %q", needle, second)
	}
}

// Whatever the texts, lists must not take much more than they do.
func TestSizeIsBounded(t *testing.T) {
	const fixed = 600_000 // of 65,536 lists
	cases := map[string]struct {
		why  string
		text func(r *rand.Rand) string
	}{
		"noise":    {"each trigram is another", func(r *rand.Rand) string { return noise(r, 1000) }},
		"short":    {"documents as short as can be", func(r *rand.Rand) string { return noise(r, 3) }},
		"constant": {"each trigram is everywhere", func(r *rand.Rand) string { return strings.Repeat("ab", 500) + noise(r, 1) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 6))
			var b index.Builder
			size := 0
			for range 3000 {
				text := c.text(r)
				size += len(index.Fold(text)) + 1 + 8 // and where it begins
				b.Add(text)
			}
			require.Less(t, b.Build().Size(), size*5/2+fixed, c.why)
		})
	}
}

func noise(r *rand.Rand, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = byte(r.IntN(128))
	}
	return string(text)
}

func TestFindAllocatesNothing(t *testing.T) {
	x := newCorpus(5000).index()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		c := x.Find("kubernetes", 100)
		for {
			if _, found := c.Next(); !found {
				return
			}
		}
	}))
}
