package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// repository is a folder with one commit, in which the test then is.
func repository(t *testing.T) func(args ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	run := func(args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=n", "-c", "user.email=n@example.org"}, args...)...)
		out, err := c.CombinedOutput()
		require.NoError(t, err, "git %v: %s", args, out)
	}
	run("init", "--quiet", "--initial-branch=main")
	run("commit", "--quiet", "--allow-empty", "--message=Add it")
	return run
}

func TestTree(t *testing.T) {
	tests := map[string]struct {
		why      string
		prepare  func(t *testing.T, git func(...string))
		previous string
		problem  string
	}{
		"first": {"there is no tag to compare with", func(*testing.T, func(...string)) {}, "", ""},
		"second": {"the changelog begins at the tag before", func(_ *testing.T, git func(...string)) {
			git("tag", "v0.9.0")
			git("commit", "--quiet", "--allow-empty", "--message=Fix it")
		}, "v0.9.0", ""},
		"tagged": {"the tag may be there before the release", func(_ *testing.T, git func(...string)) {
			git("tag", "v0.9.0")
			git("commit", "--quiet", "--allow-empty", "--message=Fix it")
			git("tag", "v1.0.0")
		}, "v0.9.0", ""},
		"other tags": {"only versions count", func(_ *testing.T, git func(...string)) { git("tag", "nightly") }, "", ""},
		"dirty": {"nobody could build it again", func(t *testing.T, _ func(...string)) {
			require.NoError(t, os.WriteFile("left over", nil, 0o600))
		}, "", "left over"},
		"existing": {"a version is one commit for ever", func(_ *testing.T, git func(...string)) {
			git("tag", "v1.0.0")
			git("commit", "--quiet", "--allow-empty", "--message=Fix it")
		}, "", `"v1.0.0" exists`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.prepare(t, repository(t))
			r := release{settings: settings{version: "1.0.0"}}
			err := r.readTree(t.Context())
			if test.problem != "" {
				require.ErrorContains(t, err, test.problem, test.why)
				return
			}
			require.NoError(t, err, test.why)
			require.Equal(t, test.previous, r.previous, test.why)
			require.Len(t, r.from.Revision, 40)
			require.False(t, r.from.Created.IsZero())
		})
	}
}

func TestRegistry(t *testing.T) {
	tests := map[string]struct {
		why, registry, key string
		host, folder       string
		problem            string
	}{
		"loopback":      {"a dry run makes its key", "127.0.0.1:5000/team", "", "127.0.0.1:5000", "team/", ""},
		"no folder":     {"a registry may be for one team", "127.0.0.1:5000", "", "127.0.0.1:5000", "", ""},
		"with a key":    {"a release has one", "ghcr.io/team/folder", "env://KEY", "ghcr.io", "team/folder/", ""},
		"without a key": {"what others see is signed by who is known", "ghcr.io/team", "", "", "", "no key"},
		"none":          {"the default of some clients is not meant", "", "", "", "", "host and a folder"},
		"only a folder": {"it would be Docker Hub's", "team", "", "", "", "host and a folder"},
		"with a scheme": {"names of images have none", "https://ghcr.io/team", "k", "", "", "host and a folder"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := release{settings: settings{registry: test.registry, key: test.key}}
			err := r.readRegistry()
			if test.problem != "" {
				require.ErrorContains(t, err, test.problem, test.why)
				return
			}
			require.NoError(t, err, test.why)
			require.Equal(t, test.host, r.host)
			require.Equal(t, test.folder, r.folder)
		})
	}
}

func TestVersion(t *testing.T) {
	for _, version := range []string{"", "v1.2.3", "1.2", "1.2.3+build", "latest", "01.2.3"} {
		_, err := prepare(t.Context(), settings{version: version, registry: "127.0.0.1:5000"})
		require.ErrorContains(t, err, "not one like 1.2.3", version)
	}
}
