package git_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/sourcetest"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

const path = "registry.json"

// clientFor trusts the server and may connect to loopback, where it is.
func clientFor(server *gitserver.Server) *http.Client {
	return egress.Policy{AllowLoopback: true, RootCAs: server.CA()}.Client()
}

func newFetcher(t *testing.T, server *gitserver.Server, change func(*git.Config)) *git.Fetcher {
	t.Helper()
	cfg := git.Config{
		Repository: server.URL(), Path: path, MaxBytes: sourcetest.Limit,
		Dir: t.TempDir(), HTTP: clientFor(server),
	}
	if change != nil {
		change(&cfg)
	}
	t.Cleanup(func() {
		left, err := os.ReadDir(cfg.Dir)
		require.NoError(t, err)
		require.Empty(t, left, "a fetch leaves nothing on the disk")
	})
	fetcher, err := git.New(cfg)
	require.NoError(t, err)
	return fetcher
}

func fetch(t *testing.T, fetcher *git.Fetcher, known source.Revision) source.Content {
	t.Helper()
	content, err := fetcher.Fetch(t.Context(), known)
	require.NoError(t, err)
	return content
}

type harness struct {
	t      *testing.T
	server *gitserver.Server
}

func (h harness) Fetcher() source.Fetcher { return newFetcher(h.t, h.server, nil) }
func (h harness) Remove()                 { h.server.Hide() }

func (h harness) Put(data []byte) {
	h.server.Show()
	h.server.Commit(path, string(data))
}

func TestConformance(t *testing.T) {
	for name, settings := range map[string][]gitserver.Setting{
		"plain":          nil,
		"partial clones": {{Key: "uploadpack.allowFilter", Value: "true"}},
	} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Harness {
				return harness{t: t, server: gitserver.New(t, settings...)}
			})
		})
	}
}

// TestRequests is pitfall 15: three clones on the first sync and one per idle look.
func TestRequests(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "one")
	fetcher := newFetcher(t, server, nil)

	first := fetch(t, fetcher, "")
	require.Equal(t, []string{
		"GET /registry.git/info/refs", "POST /registry.git/git-upload-pack",
	}, server.Requests(), "a first fetch asks for the refs and for one pack")

	require.True(t, fetch(t, fetcher, first.Revision).Unchanged)
	require.Equal(t, []string{"GET /registry.git/info/refs"}, server.Requests(), "an idle look asks for the refs only")

	pinned := newFetcher(t, server, func(c *git.Config) { c.Commit = string(first.Revision) })
	require.True(t, fetch(t, pinned, first.Revision).Unchanged)
	require.Empty(t, server.Requests(), "a commit never changes")
}

func TestRefs(t *testing.T) {
	server := gitserver.New(t)
	one := server.Commit(path, "one")
	server.Git("tag", "light")
	server.Git("tag", "--annotate", "--message=The first", "v1")
	two := server.Commit(path, "two")
	server.Git("branch", "feature/x")
	three := server.Commit(path, "three")

	tests := map[string]struct {
		why      string
		change   func(*git.Config)
		revision string
		data     string
	}{
		"none":          {why: "the default branch", change: nil, revision: three, data: "three"},
		"branch":        {why: "its tip", change: func(c *git.Config) { c.Branch = "feature/x" }, revision: two, data: "two"},
		"tag":           {why: "a lightweight tag is the commit", change: func(c *git.Config) { c.Tag = "light" }, revision: one, data: "one"},
		"annotated tag": {why: "peeled: the tag object is not the commit", change: func(c *git.Config) { c.Tag = "v1" }, revision: one, data: "one"},
		"commit":        {why: "it is no tip", change: func(c *git.Config) { c.Commit = two }, revision: two, data: "two"},
		"upper case":    {why: "a hash has no case", change: func(c *git.Config) { c.Commit = strings.ToUpper(two) }, revision: two, data: "two"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fetcher := newFetcher(t, server, tt.change)
			content := fetch(t, fetcher, "")
			require.Equal(t, tt.revision, string(content.Revision), tt.why)
			require.Equal(t, tt.data, string(content.Data()), tt.why)
			require.True(t, fetch(t, fetcher, content.Revision).Unchanged)
		})
	}
}

// TestPushDuringFetch is pitfall 10: content and hash came from two clones.
func TestPushDuringFetch(t *testing.T) {
	server := gitserver.New(t)
	before := server.Commit(path, "before")
	server.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			server.Commit(path, "after")
		}
		return false
	})
	fetcher := newFetcher(t, server, nil)
	content := fetch(t, fetcher, "")
	require.Equal(t, before, string(content.Revision))
	require.Equal(t, "before", string(content.Data()), "content of the revision that is reported")

	server.Intercept(nil)
	next := fetch(t, fetcher, content.Revision)
	require.Equal(t, "after", string(next.Data()), "the push in between is not lost")
}

func TestForcePushDuringFetchIsRetried(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "base")
	server.Commit(path, "before")
	server.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			server.Git("reset", "--quiet", "--soft", "HEAD~1")
		}
		return false
	})
	fetcher := newFetcher(t, server, nil)
	_, err := fetcher.Fetch(t.Context(), "")
	require.Equal(t, fault.Retry, fault.ClassOf(err), "the next look sees the new tip: %v", err)

	server.Intercept(nil)
	require.Equal(t, "base", string(fetch(t, fetcher, "").Data()))
}

// TestDepthOne is pitfall 15: a pinned commit cloned all history. The history
// here is larger than the limit, its last commit is not.
func TestDepthOne(t *testing.T) {
	server := gitserver.New(t)
	for i := range 4 {
		server.Commit("noise", incompressible(i, 40_000))
	}
	server.Commit("noise", "")
	pinned := server.Commit(path, "small")
	server.Commit("noise", incompressible(9, 40_000))

	for name, change := range map[string]func(*git.Config){
		"branch": func(c *git.Config) { c.MaxRepositoryBytes = 60_000 },
		"commit": func(c *git.Config) { c.MaxRepositoryBytes = 10_000; c.Commit = pinned },
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, "small", string(fetch(t, newFetcher(t, server, change), "").Data()))
		})
	}
}

func TestPinnedCommitOfAServerThatGivesOnlyTips(t *testing.T) {
	server := gitserver.New(t)
	pinned := server.Commit(path, "old")
	server.Commit(path, "new")
	posts := 0
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			posts++
			if posts == 1 {
				w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
				_, _ = w.Write([]byte("0025ERR upload-pack: not our ref 0000"))
				return true
			}
		}
		return false
	})
	content := fetch(t, newFetcher(t, server, func(c *git.Config) { c.Commit = pinned }), "")
	require.Equal(t, "old", string(content.Data()))
	require.Equal(t, 2, posts, "the history of the tips is the second choice")
}

func TestLargeNeighbourIsLeftOut(t *testing.T) {
	server := gitserver.New(t, gitserver.Setting{Key: "uploadpack.allowFilter", Value: "true"})
	server.Commit("video.mp4", incompressible(1, 200_000))
	server.Commit(path, "small")
	fetcher := newFetcher(t, server, func(c *git.Config) { c.MaxRepositoryBytes = 20_000 })
	require.Equal(t, "small", string(fetch(t, fetcher, "").Data()), "the server was asked to filter")
}

func TestFileInAFolder(t *testing.T) {
	server := gitserver.New(t)
	server.Commit("catalogs/prod/servers.json", "deep")
	fetcher := newFetcher(t, server, func(c *git.Config) { c.Path = "catalogs/prod/servers.json" })
	require.Equal(t, "deep", string(fetch(t, fetcher, "").Data()))
}

func TestReadOnlyScratchFolderIsReported(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "one")
	missing := filepath.Join(t.TempDir(), "missing")
	fetcher, err := git.New(git.Config{Repository: server.URL(), Path: path, Dir: missing, HTTP: clientFor(server)})
	require.NoError(t, err)
	_, err = fetcher.Fetch(t.Context(), "")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "file in the scratch folder", "pitfall 15: a read-only root file system broke it")
}
