package oci_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci/cosign"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

// TestSignedByTheProgram signs with cosign itself, which COSIGN names, version 3 or later.
func TestSignedByTheProgram(t *testing.T) {
	program := os.Getenv("COSIGN")
	if program == "" {
		t.Skip("COSIGN does not name the program")
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), program, args...)
		command.Dir, command.Env = dir, append(os.Environ(), "COSIGN_PASSWORD=", "HOME="+dir)
		out, err := command.CombinedOutput()
		require.NoError(t, err, "cosign %v: %s", args, out)
	}
	run("generate-key-pair")
	public, err := os.ReadFile(filepath.Join(dir, "cosign.pub"))
	require.NoError(t, err)
	trusted, err := cosign.ParseKeys(public)
	require.NoError(t, err)
	verified := func(c *oci.Config) { c.Keys, c.KeysFrom = &trusted, "cosign.pub" }

	offline := []string{"--key=cosign.key", "--tlog-upload=false", "--use-signing-config=false", "--registry-cacert=ca.crt", "--yes"}
	for name, tt := range map[string]struct {
		server func(testing.TB) *ociserver.Server
		more   []string
	}{
		"bundle":                   {ociserver.New, nil},
		"bundle without referrers": {ociserver.NewWithoutReferrers, nil},
		"payload":                  {ociserver.New, []string{"--new-bundle-format=false"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.server(t)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.crt"), s.CAPEM(), 0o600))
			of := s.Push(repository, "v1", ociserver.Layer{Title: "registry.json", Data: []byte(name)})
			artifact := s.Host() + "/" + repository + "@" + of.String()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "predicate.json"), []byte("{}"), 0o600))
			run(append(append([]string{"attest", "--predicate=predicate.json", "--type=custom"}, offline...), artifact)...)
			_, err := fetcher(t, s, verified).Fetch(t.Context(), "")
			requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "a cosign signature of "+of.String())

			run(append(append([]string{"sign"}, append(offline, tt.more...)...), artifact)...)
			require.Equal(t, name, string(fetch(t, fetcher(t, s, verified), "").Data()))
			_, err = fetcher(t, s, signedBy(t, ociserver.NewKey())).Fetch(t.Context(), "")
			requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "another key")
		})
	}
}
