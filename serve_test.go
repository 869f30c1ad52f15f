package main

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

// Pitfall 32: a memory limit above the container's, by a misspelled variable.
func TestMemoryLimitStaysBelowTheContainer(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	limitMemory(1000)
	require.EqualValues(t, 900, debug.SetMemoryLimit(before))
	limitMemory(0)
	require.Equal(t, before, debug.SetMemoryLimit(-1), "unknown is no limit")
	t.Setenv("GOMEMLIMIT", "1GiB")
	limitMemory(1000)
	require.Equal(t, before, debug.SetMemoryLimit(-1), "what a person sets goes first")
}

func TestParseServeFlags(t *testing.T) {
	cases := map[string]struct {
		why  string
		args []string
		env  map[string]string
		want serveOptions
		fail string
	}{
		"file": {why: "the least for a laptop", args: []string{"--file", "r.json"},
			want: serveOptions{file: "r.json", format: "toolhive", listenAddress: ":8080", logLevel: "info", telemetry: telemetryOptions{metricsAddress: ":9090"}}},
		"cluster by environment": {why: "what the operator may render",
			args: []string{"--registry-name=team"},
			env:  map[string]string{"MCP_REGISTRY_NAMESPACE": "ns", "MCP_REGISTRY_STORAGE_NAME": "team-registry-storage", "MCP_REGISTRY_MEMORY_LIMIT": "536870912", "MCP_REGISTRY_ACCESS_LOG": "true"},
			want: serveOptions{format: "toolhive", listenAddress: ":8080", registryName: "team", namespace: "ns", storageName: "team-registry-storage", logLevel: "info", memoryLimit: 512 << 20, telemetry: telemetryOptions{metricsAddress: ":9090", accessLog: true}}},
		"no metrics": {why: "a laptop may run several", args: []string{"--file=x", "--metrics-address=0"},
			want: serveOptions{file: "x", format: "toolhive", listenAddress: ":8080", logLevel: "info", telemetry: telemetryOptions{metricsAddress: "0"}}},
		"bad metrics":    {why: "a typing error must not look like metrics that are off", args: []string{"--file=x", "--metrics-address=9090"}, fail: "--metrics-address"},
		"nothing":        {why: "there is nothing to serve", fail: "--file"},
		"half a cluster": {why: "both are needed", args: []string{"--namespace=ns"}, fail: "--storage-name"},
		"argument":       {why: "a flag without dashes must not pass unnoticed", args: []string{"--file=x", "format"}, fail: "format"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseServeFlags(c.args, func(key string) string { return c.env[key] })
			if c.fail != "" {
				require.ErrorContains(t, err, c.fail, c.why)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got, c.why)
		})
	}
}
