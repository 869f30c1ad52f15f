package vscode_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/vscode"
)

func TestAllowList(t *testing.T) {
	_, base := corpus.Serve(t, corpus.Final(t))
	_, starting := corpus.Serve(t)
	cases := map[string]struct {
		why             string
		base, name, url string
		want            vscode.Verdict
	}{
		"in the registry":    {"a local server is known by its name", base, "com.example/old", "", vscode.Allowed},
		"not there":          {"404 means forbidden", base, "com.example/none", "", vscode.Forbidden},
		"withdrawn":          {"all versions are deleted", base, "com.example/gone", "", vscode.Forbidden},
		"half withdrawn":     {"an older version is the latest now", base, "com.example/half", "", vscode.Allowed},
		"the same URL":       {"a remote server is known by its URL, variables and all", base, "org.example.rich/remotes", "https://{tenant}.example.org/mcp", vscode.Allowed},
		"the second URL":     {"any of them", base, "org.example.rich/remotes", "https://rich.example.org/sse", vscode.Allowed},
		"nearly the URL":     {"a slash is a difference", base, "org.example.rich/remotes", "https://rich.example.org/sse/", vscode.Forbidden},
		"no URL there":       {"the name alone does not help", base, "com.example/old", "https://rich.example.org/sse", vscode.Forbidden},
		"no snapshot yet":    {"must not read as forbidden", starting, "com.example/old", "", vscode.Unknown},
		"no registry there":  {"neither must a registry that is down", "http://127.0.0.1:1", "com.example/old", "", vscode.Unknown},
		"name in wrong case": {"names are exact", base, "com.example/OLD", "", vscode.Forbidden},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, vscode.Client{URL: c.base}.Check(t.Context(), c.name, c.url), c.why)
		})
	}
}

// The statuses behind the verdicts, exactly.
func TestAllowListStatuses(t *testing.T) {
	server, base := corpus.Serve(t)
	c := vscode.Client{URL: base}
	_, err := c.Latest(t.Context(), "com.example/old")
	status, ok := errors.AsType[vscode.StatusError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, 503, status.Status)
	require.NotEmpty(t, status.RetryAfter)
	status, ok = errors.AsType[vscode.StatusError](c.Probe(t.Context()))
	require.True(t, ok)
	require.Equal(t, 503, status.Status, "never an empty list before the first snapshot")

	require.NoError(t, server.Load(corpus.Final(t)))
	_, err = c.Latest(t.Context(), "com.example/old")
	require.NoError(t, err)
	_, err = c.Latest(t.Context(), "com.example/none")
	status, ok = errors.AsType[vscode.StatusError](err)
	require.True(t, ok)
	require.Equal(t, 404, status.Status)
	require.Equal(t, "the registry answered 404", status.Error())
}

// An empty registry is a registry: all is forbidden, nothing is unknown.
func TestAllowListOfNothing(t *testing.T) {
	_, base := corpus.Serve(t, corpus.Of(t, nil))
	require.Equal(t, vscode.Forbidden, vscode.Client{URL: base}.Check(t.Context(), "com.example/old", ""))
}
