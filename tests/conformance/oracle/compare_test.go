package oracle

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// The list must not explain away what is wrong: these answers differ in ways
// that look like the listed ones and are not.
func TestJudgeRefuses(t *testing.T) {
	list := func(more bool, sizes []int, entries ...string) answer {
		a := answer{Status: 200, ContentType: "application/json", List: true, Sizes: sizes, More: more}
		for _, entry := range entries {
			var r record
			require.NoError(t, json.Unmarshal([]byte(entry), &r))
			a.Records = append(a.Records, r)
		}
		return a
	}
	const (
		one     = `{"server":{"name":"a/one","version":"1.0.0","description":"x"},"_meta":{}}`
		two     = `{"server":{"name":"a/two","version":"1.0.0","description":"x"},"_meta":{}}`
		changed = `{"server":{"name":"a/one","version":"1.0.0","description":"y"},"_meta":{}}`
	)
	failed := func(status int) answer { return answer{Status: status, ContentType: "application/json", Body: "no"} }
	cases := map[string]struct {
		q            question
		theirs, ours answer
	}{
		"a field is wrong":          {get(api), list(false, []int{1}, one), list(false, []int{1}, changed)},
		"an entry is missing":       {walk(api), list(false, []int{2}, one, two), list(false, []int{1}, one)},
		"an entry is too many":      {walk(api), list(false, []int{1}, one), list(false, []int{2}, one, two)},
		"the order is wrong":        {walk(api), list(false, []int{2}, one, two), list(false, []int{2}, two, one)},
		"a page is cut":             {walk(api), list(false, []int{2}, one, two), list(false, []int{1, 1}, one, two)},
		"the list goes on":          {get(api), list(false, []int{1}, one), list(true, []int{1}, one)},
		"a search misses one":       {walk(api + "?search=t"), list(false, []int{1}, two), list(false, []int{1}, one)},
		"a version is missing":      {get(api + "/a%2Fone/versions"), list(false, []int{2}, one, two), list(false, []int{1}, one)},
		"found what is not":         {get(api + "/a%2Fone/versions/1"), failed(404), list(false, []int{1}, one)},
		"not found what is":         {get(api + "/a%2Fone/versions"), list(false, []int{1}, one), failed(404)},
		"a fault of ours":           {get(api + "?search=%ff"), failed(500), failed(500 + 1)},
		"malformed but answered":    {get(api + "?limit=0"), failed(422), list(false, []int{1}, one)},
		"an error without its body": {get(api + "/a%2Fx/versions"), answer{Status: 404, ContentType: "application/problem+json", Body: map[string]any{"title": "x"}}, failed(404)},
		"a write that works":        {question{method: http.MethodPost, target: api}, failed(401), failed(200)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := judge(c.q, c.theirs, c.ours, differences())
			require.False(t, v.same)
			require.NotEmpty(t, v.unexplained, "explained by %v", v.by)
		})
	}
	require.True(t, judge(get(api), list(false, []int{1}, one), list(false, []int{1}, one), nil).same)
}
