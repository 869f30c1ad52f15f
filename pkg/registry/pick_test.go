package registry

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPick(t *testing.T) {
	keys := []string{"b", "missing", "d"}
	cases := map[string]struct {
		why    string
		object string
		want   []string
	}{
		"some":   {"others are passed over", `{"a":{"b":1},"b":"x","c":[],"d":{"e":2}}`, []string{`"x"`, "", `{"e":2}`}},
		"twice":  {"the last counts, as everywhere in Go", `{"b":1,"b":2}`, []string{"2", "", ""}},
		"array":  {"a source may give another type", `["b",1]`, []string{"", "", ""}},
		"absent": {"a member that is not there has no members", ``, []string{"", "", ""}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			values := make([]json.RawMessage, len(keys))
			Pick(json.RawMessage(c.object), keys, values)
			for i, want := range c.want {
				require.Equal(t, want, string(values[i]), c.why)
			}
		})
	}
}
