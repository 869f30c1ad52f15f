package filter

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzGlob: the quick way for stars says what the regular expression says.
func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{{"*", ""}, {"a*b", "ab"}, {"a*a", "a"}, {"*a*b*", "xaxbx"}, {"**", "x"}, {"ab*ba", "aba"}, {"a", "a"}, {"*-remote", "io.x/y-remote"}, {"a*b*c", "abbc"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		g, err := compile(pattern)
		if err != nil {
			return
		}
		require.Equal(t, g.expression.MatchString(name), g.match(name), "%q %q", pattern, name)
	})
}
