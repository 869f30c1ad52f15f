package git_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

func write(t *testing.T, server *gitserver.Server, files ...string) {
	t.Helper()
	for _, f := range files {
		full := filepath.Join(server.WorkTree(), f)
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(f), 0o600))
	}
}

func TestPaths(t *testing.T) {
	server := gitserver.New(t)
	write(t, server, "server.json", "other.json", "servers/server.json", "servers/b/server.json", "servers/a/server.json",
		"servers/a/README.md", "servers/a/deep/er/server.json", "servers/b.json", "servers/b-1.json", "servers/[x].json", "servers/x.json")
	require.NoError(t, os.Symlink("../other.json", filepath.Join(server.WorkTree(), "servers/link.json")))
	require.NoError(t, os.Symlink("a", filepath.Join(server.WorkTree(), "servers/c")))
	commit := server.CommitAll()

	tests := map[string]struct {
		why     string
		files   []string
		skipped []string
	}{
		"servers": {
			why:   "in the order of their whole paths, at any depth; links are not entered",
			files: []string{"servers/a/deep/er/server.json", "servers/a/server.json", "servers/b/server.json", "servers/server.json"},
		},
		"servers/a/": {why: "people write a slash behind folders", files: []string{"servers/a/deep/er/server.json", "servers/a/server.json"}},
		".": {
			why: "the root is a folder too",
			files: []string{
				"server.json", "servers/a/deep/er/server.json", "servers/a/server.json", "servers/b/server.json", "servers/server.json",
			},
		},
		"servers/*.json": {
			why:     "a link in the place of a file is told of",
			files:   []string{"servers/[x].json", "servers/b-1.json", "servers/b.json", "servers/server.json", "servers/x.json"},
			skipped: []string{"servers/link.json"},
		},
		"servers/*/server.json": {
			why: "so is one in the place of a folder", files: []string{"servers/a/server.json", "servers/b/server.json"}, skipped: []string{"servers/c", "servers/link.json"},
		},
		"servers/b?1.json":         {why: "one character", files: []string{"servers/b-1.json"}},
		"servers/[ab].json":        {why: "a class", files: []string{"servers/b.json"}},
		"servers/**/er/*":          {why: "any number of folders", files: []string{"servers/a/deep/er/server.json"}},
		"**/**/deep/**/*.json":     {why: "each file once, however often the pattern matches it", files: []string{"servers/a/deep/er/server.json"}},
		"servers/b/**/server.json": {why: "none is a number", files: []string{"servers/b/server.json"}},
	}
	for p, tt := range tests {
		t.Run(p, func(t *testing.T) {
			content := fetch(t, newFetcher(t, server, file(p)), "")
			var names, skipped []string
			for _, f := range content.Files {
				names = append(names, f.Name)
				require.Equal(t, f.Name, string(f.Data))
			}
			for _, s := range content.Skipped {
				skipped = append(skipped, s.Entry)
				require.Contains(t, s.Reason, "symbolic link")
			}
			require.Equal(t, tt.files, names, tt.why)
			require.Equal(t, tt.skipped, skipped, tt.why)
			require.True(t, content.Independent)
			require.Equal(t, commit, string(content.Revision))
		})
	}
	for _, p := range []string{"servers/[x].json", "servers/x.json"} {
		content := fetch(t, newFetcher(t, server, file(p)), "")
		require.Equal(t, p, string(content.Data()), "a name that looks like a pattern is a name")
		require.Empty(t, content.Files[0].Name)
		require.False(t, content.Independent)
	}
}

// TestFilesTogether: many small files are one large source.
func TestFilesTogether(t *testing.T) {
	server := gitserver.New(t)
	for i := range 4 {
		server.Commit(fmt.Sprintf("all/%d.json", i), strings.Repeat("x", 1024))
	}
	fetcher := newFetcher(t, server, file("all/*.json"))
	require.Len(t, fetch(t, fetcher, "").Files, 4, "the limit itself is allowed")
	server.Commit("all/4.json", "x")
	_, err := fetcher.Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonTooLarge, `what git.path "all/*.json" names`)
}

// TestLargeFileInAFolder: the server left it out, because it is larger than all may be.
func TestLargeFileInAFolder(t *testing.T) {
	server := gitserver.New(t, gitserver.Setting{Key: "uploadpack.allowFilter", Value: "true"})
	server.Commit("all/large.json", incompressible(1, 10_000))
	server.Commit("all/small.json", "x")
	_, err := newFetcher(t, server, file("all/*.json")).Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonTooLarge, `file "all/large.json"`)
}

// TestSubmoduleInAFolder is told of and not read.
func TestSubmoduleInAFolder(t *testing.T) {
	server := gitserver.New(t)
	write(t, server, "all/a/server.json")
	commit := server.CommitAll()
	server.Git("update-index", "--add", "--cacheinfo", "160000,"+commit+",all/module")
	server.Git("commit", "--quiet", "--message=A submodule")
	content := fetch(t, newFetcher(t, server, file("all/*/server.json")), "")
	require.Len(t, content.Files, 1)
	require.Len(t, content.Skipped, 1)
	require.Equal(t, "all/module", content.Skipped[0].Entry)
	require.Contains(t, content.Skipped[0].Reason, "submodule")
}

// TestTreeBomb: thirty trees of which each names the next one ten times are 10^30
// folders to walk.
func TestTreeBomb(t *testing.T) {
	server := gitserver.New(t)
	blob := server.Pipe("x", "hash-object", "-w", "--stdin")
	tree := server.Pipe("100644 blob "+blob+"\tserver.json\n", "mktree")
	for range 30 {
		var lines strings.Builder
		for i := range 10 {
			fmt.Fprintf(&lines, "040000 tree %s\t%d\n", tree, i)
		}
		tree = server.Pipe(lines.String(), "mktree")
	}
	server.Git("update-ref", "refs/heads/main", server.Git("commit-tree", "-m", "bomb", tree))
	_, err := newFetcher(t, server, file("**/server.json")).Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonTooLarge, "name a narrower one")
}

// TestHostileNames: a tree can hold what git itself would refuse to check out.
func TestHostileNames(t *testing.T) {
	server := gitserver.New(t)
	blob := server.Pipe("x", "hash-object", "-w", "--stdin")
	evil := server.Pipe("100644 blob "+blob+"\tserver.json\n", "mktree")
	tree := server.Pipe("040000 tree "+evil+"\t..\x00040000 tree "+evil+"\ta\nb\x00100644 blob "+blob+"\tserver.json\x00", "mktree", "-z")
	server.Git("update-ref", "refs/heads/main", server.Git("commit-tree", "-m", "evil", tree))
	content := fetch(t, newFetcher(t, server, file("**/server.json")), "")
	var names []string
	for _, f := range content.Files {
		names = append(names, f.Name)
	}
	require.Equal(t, []string{`a\nb/server.json`, "server.json"}, names, "nothing is above the root, and a name is one line")

	fetcher := newFetcher(t, server, func(c *git.Config) { c.Path = "*/server.json" })
	require.Len(t, fetch(t, fetcher, "").Files, 1)
}
