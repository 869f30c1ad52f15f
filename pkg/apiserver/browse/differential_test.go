package browse_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/browse"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

// plain is a record as encoding/json reads it.
type plain struct {
	Name, Version, Title, Description string
	Packages                          []struct {
		RegistryType string
		Transport    struct{ Type string }
	}
	Remotes []struct{ Type string }
	Meta    struct {
		Provided struct {
			ToolHive map[string]struct {
				Tags         []string
				Tier, Status string
			} `json:"io.github.stacklok"`
		} `json:"io.modelcontextprotocol.registry/publisher-provided"`
	} `json:"_meta"`
}

// values of each parameter.
func (p plain) values() map[string][]string {
	v := map[string][]string{}
	for _, x := range p.Packages {
		v["package_type"] = append(v["package_type"], x.RegistryType)
		v["transport"] = append(v["transport"], x.Transport.Type)
	}
	for _, x := range p.Remotes {
		v["package_type"] = append(v["package_type"], "remote")
		v["transport"] = append(v["transport"], x.Type)
	}
	for _, x := range p.Meta.Provided.ToolHive {
		v["tag"] = append(v["tag"], x.Tags...)
		v["tier"] = append(v["tier"], x.Tier)
		v["status"] = append(v["status"], x.Status)
	}
	if v["status"] == nil {
		v["status"] = []string{"Active"} // as all of the corpus
	}
	return v
}

func (p plain) matches(q url.Values) bool {
	text := strings.ToLower(p.Name + "\n" + p.Title + "\n" + p.Description)
	for word := range strings.FieldsSeq(strings.ToLower(q.Get("q"))) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	has := p.values()
	for _, tag := range q["tag"] {
		if !slices.Contains(has["tag"], tag) {
			return false
		}
	}
	for _, key := range []string{"transport", "package_type", "tier", "status"} {
		if wanted := q[key]; wanted != nil && !slices.ContainsFunc(wanted, func(value string) bool { return slices.Contains(has[key], value) }) {
			return false
		}
	}
	return true
}

// question makes one that the record answers.
func (p plain) question(r *rand.Rand) url.Values {
	q := url.Values{"limit": {strconv.Itoa(1 + r.IntN(100))}}
	if r.IntN(3) > 0 {
		words := strings.Fields(p.Title + " " + p.Description)
		word := words[r.IntN(len(words))]
		q.Set("q", word[r.IntN(len(word)):]+" "+words[r.IntN(len(words))][:1])
	}
	for key, values := range p.values() {
		if r.IntN(4) == 0 {
			q[key] = values
		}
	}
	return q
}

// TestAgainstALookAtEveryRecord asks random questions.
func TestAgainstALookAtEveryRecord(t *testing.T) {
	snapshot := corpus.Snapshot(t, 3000)
	var latest []plain
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error {
		var record plain
		require.NoError(t, json.Unmarshal(p.Server, &record))
		if p.Official.IsLatest {
			latest = append(latest, record)
		}
		return nil
	}))
	c := load(t, snapshot)
	r := rand.New(rand.NewPCG(8, 9))
	for range 300 {
		q := latest[r.IntN(len(latest))].question(r)
		want, tags := []string{}, map[string]int{}
		for _, record := range latest {
			if !record.matches(q) {
				continue
			}
			want = append(want, record.Name+"@"+record.Version)
			for _, tag := range slices.Compact(slices.Sorted(slices.Values(record.values()["tag"]))) {
				tags[tag]++
			}
		}
		a := c.ask(t, q.Encode())
		require.Equal(t, len(want), a.total, q)
		for value, count := range a.facets["tags"] {
			require.Equal(t, tags[value], count, "%s in %s", value, q)
		}
		if len(want) <= 300 {
			require.ElementsMatch(t, want, c.pages(t, q.Encode()), q)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	c := load(f, corpus.Snapshot(f, 50))
	f.Add("q=weather&tag=a&transport=sse&limit=3")
	f.Add("limit=1&cursor=" + c.ask(f, "limit=1").next)
	f.Add("limit=1&cursor=" + c.ask(f, "limit=1&q=e&status=active").next)
	f.Add("q=%C8%BA%E2%84%AA\u0130&tier=\u00e4&status=%00")
	f.Fuzz(func(t *testing.T, query string) {
		q, err := browse.ParseQuery(query)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		result := c.Search(q)
		require.LessOrEqual(t, len(result.Numbers), result.Total)
		require.True(t, json.Valid(result.Facets), "%s", result.Facets)
		if result.Next != "" {
			next, err := browse.ParseQuery("cursor=" + result.Next)
			require.NoError(t, err)
			require.NotEmpty(t, c.Search(next).Numbers, "what follows is there")
		}
	})
}
