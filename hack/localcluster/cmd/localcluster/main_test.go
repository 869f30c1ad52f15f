package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Setenv("LOCALCLUSTER_HOME", "/home")
	for why, tc := range map[string]struct {
		args []string
		name string
		rest []string
	}{
		"the default name":             {[]string{"up"}, "mcp-registry", nil},
		"a name":                       {[]string{"load-image", "--name", "x", "a.tar"}, "x", []string{"a.tar"}},
		"kubectl's flags are its own":  {[]string{"kubectl", "-n", "ns", "get", "pods"}, "mcp-registry", []string{"-n", "ns", "get", "pods"}},
		"a name comes before them":     {[]string{"kubectl", "--name=x", "get", "--raw", "/"}, "x", []string{"get", "--raw", "/"}},
		"in both ways to write a flag": {[]string{"kubectl", "--name", "x", "get"}, "x", []string{"get"}},
	} {
		opts, rest, err := parse(tc.args)
		require.NoError(t, err, why)
		assert.Equal(t, tc.name, opts.Name, why)
		assert.ElementsMatch(t, tc.rest, rest, why)
	}
	_, _, err := parse([]string{"up", "--name", "../x"})
	assert.Error(t, err)
	t.Setenv("LOCALCLUSTER_HOME", "")
	_, _, err = parse([]string{"up"})
	assert.ErrorContains(t, err, "LOCALCLUSTER_HOME")
}
