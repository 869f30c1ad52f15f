package registry

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestElements(t *testing.T) {
	cases := map[string]struct {
		why   string
		array string
		want  []string
	}{
		"kinds":     {"all that JSON knows", `[1, "a,]" ,{"a":[1]},[2,3],null,true]`, []string{`1`, `"a,]"`, `{"a":[1]}`, `[2,3]`, `null`, `true`}},
		"empty":     {"nothing in it", `[ ]`, nil},
		"object":    {"a source may give another type", `{"a":1}`, nil},
		"text":      {"a source may give another type", `"[1]"`, nil},
		"nothing":   {"a member that is absent", ``, nil},
		"truncated": {"invalid input must end too", `[1,2`, []string{`1`, `2`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for element := range Elements(json.RawMessage(c.array)) {
				got = append(got, string(element))
			}
			require.Equal(t, c.want, got, c.why)
		})
	}
	for element := range Elements(json.RawMessage(`[1,2]`)) {
		require.Equal(t, "1", string(element))
		break
	}
}
