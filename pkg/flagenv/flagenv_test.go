package flagenv_test

import (
	"bytes"
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/flagenv"
)

func TestParse(t *testing.T) {
	cases := map[string]struct {
		why  string
		args []string
		env  map[string]string
		want time.Duration
		fail string
	}{
		"default":      {why: "neither is given", want: time.Second},
		"environment":  {why: "the variable replaces the default", env: map[string]string{"APP_MAX_WAIT": "2s"}, want: 2 * time.Second},
		"empty":        {why: "an empty variable is how a manifest unsets one", env: map[string]string{"APP_MAX_WAIT": ""}, want: time.Second},
		"command line": {why: "the nearer one wins", args: []string{"--max-wait=3s"}, env: map[string]string{"APP_MAX_WAIT": "2s"}, want: 3 * time.Second},
		"bad variable hidden": {why: "a variable that is not used is not read",
			args: []string{"--max-wait", "3s"}, env: map[string]string{"APP_MAX_WAIT": "soon"}, want: 3 * time.Second},
		"bad variable": {why: "the message names the variable, or nobody finds it", env: map[string]string{"APP_MAX_WAIT": "soon"}, fail: "APP_MAX_WAIT"},
		"bad flag":     {why: "errors of the command line come through", args: []string{"--nope"}, fail: "nope"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fs := flag.NewFlagSet("test", flag.ContinueOnError)
			fs.SetOutput(&bytes.Buffer{})
			wait := fs.Duration("max-wait", time.Second, "how long to wait")
			err := flagenv.Parse(fs, "APP_", c.args, func(key string) string { return c.env[key] })
			if c.fail != "" {
				require.ErrorContains(t, err, c.fail, c.why)
				return
			}
			require.NoError(t, err, c.why)
			require.Equal(t, c.want, *wait, c.why)
		})
	}
}

func TestUsageNamesTheVariable(t *testing.T) {
	var usage bytes.Buffer
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	fs.SetOutput(&usage)
	fs.String("listen-address", ":8080", "where to listen")
	err := flagenv.Parse(fs, "APP", []string{"-h"}, func(string) string { return "" })
	require.ErrorIs(t, err, flag.ErrHelp)
	require.Contains(t, usage.String(), "where to listen [$APP_LISTEN_ADDRESS]")
}
