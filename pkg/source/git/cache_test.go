package git_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// sharing makes fetchers share a cache.
func sharing(cache *git.Cache, changes ...func(*git.Config)) func(*git.Config) {
	return func(c *git.Config) {
		c.Cache = cache
		for _, change := range changes {
			change(c)
		}
	}
}

func loggedIn(name string) func(*git.Config) { return func(c *git.Config) { c.Login = name } }

// downloads says how many packs were asked for since the last call.
func downloads(server *gitserver.Server) int {
	return len(slices.DeleteFunc(server.Requests(), func(r string) bool { return !strings.HasPrefix(r, http.MethodPost) }))
}

// TestCache: a commit is downloaded once for all registries that may have it.
func TestCache(t *testing.T) {
	server := gitserver.New(t)
	server.Commit("other.json", "other")
	commit := server.Commit(path, "one")
	cache := git.NewCache(git.DefaultCacheBytes)
	tests := []struct {
		why       string
		change    func(*git.Config)
		data      string
		downloads int
	}{
		{"the first one", func(*git.Config) {}, "one", 1},
		{"the same once more", func(*git.Config) {}, "one", 0},
		{"another file of the commit", file("other.json"), "other", 0},
		{"the same by its branch", func(c *git.Config) { c.Branch = "main" }, "one", 0},
		{"pinned: it is looked for in another way", func(c *git.Config) { c.Commit = commit }, "one", 1},
		{"a login may be let see more", loggedIn("a"), "one", 1},
		{"another login", loggedIn("b"), "one", 1},
		{"the same login", loggedIn("a"), "one", 0},
		{"another limit: larger files were left out", func(c *git.Config) { c.MaxBytes++ }, "one", 1},
	}
	for _, tt := range tests {
		fetcher := newFetcher(t, server, sharing(cache, tt.change))
		require.Equal(t, tt.data, string(fetch(t, fetcher, "").Data()), tt.why)
		require.Equal(t, tt.downloads, downloads(server), tt.why)
	}

	server.Commit(path, "two")
	require.Equal(t, "two", string(fetch(t, newFetcher(t, server, sharing(cache)), "").Data()))
	require.Equal(t, 1, downloads(server), "what the server names counts, not what is kept")
	server.Hide()
	_, err := newFetcher(t, server, sharing(cache)).Fetch(t.Context(), "")
	requireFault(t, err, fault.Retry, source.ReasonUnavailable, "does not exist")
}

// TestCacheIsNoLogin: whom the server lets in no more gets nothing of what is kept.
func TestCacheIsNoLogin(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "one")
	fetcher := newFetcher(t, server, sharing(git.NewCache(git.DefaultCacheBytes), loggedIn("a")))
	fetch(t, fetcher, "")
	server.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	_, err := fetcher.Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonAuthFailed, "asks for credentials")
}

// TestCacheVerifies: what one registry reads unverified is verified for another.
func TestCacheVerifies(t *testing.T) {
	server := gitserver.New(t)
	good := server.NewSSHSigner()
	server.Commit(path, "unsigned")
	cache := git.NewCache(git.DefaultCacheBytes)
	fetch(t, newFetcher(t, server, sharing(cache)), "")
	_, err := newFetcher(t, server, sharing(cache, trusting(t, good))).Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "it is not signed")
	require.Equal(t, 1, downloads(server))
}

func TestCacheLimit(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, incompressible(1, 2000))
	cache := git.NewCache(1000)
	for range 2 {
		fetch(t, newFetcher(t, server, sharing(cache)), "")
	}
	require.Equal(t, 2, downloads(server))
}

// TestFetchedTogether: many registries notice a change at the same time, and one fetch
// serves them all.
func TestFetchedTogether(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "one")
	for _, r := range fetchTogether(t, server, 0) {
		require.NoError(t, r.err)
		require.Equal(t, "one", string(r.content.Data()))
	}
	require.Equal(t, 1, downloads(server))
}

// TestRefusedTogether: a busy host is asked once, and not by each of them in turn.
func TestRefusedTogether(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "one")
	for _, r := range fetchTogether(t, server, http.StatusTooManyRequests) {
		requireFault(t, r.err, fault.Wait, source.ReasonUnavailable, "asks to be left alone")
		require.Equal(t, time.Minute, fault.After(r.err))
	}
	require.Equal(t, 1, downloads(server))
}

type answer struct {
	content source.Content
	err     error
}

// fetchTogether has twenty fetchers with the same cache fetch, and lets the server
// answer with a status (0: a pack) once all of them wait for it.
func fetchTogether(t *testing.T, server *gitserver.Server, status int) []answer {
	t.Helper()
	cache, waited := git.NewCache(0), make(chan struct{})
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			return false
		}
		<-waited
		if status != 0 {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(status)
		}
		return status != 0
	})
	answers := make([]answer, 20)
	var all sync.WaitGroup
	for i := range answers {
		fetcher := newFetcher(t, server, sharing(cache))
		all.Go(func() { answers[i].content, answers[i].err = fetcher.Fetch(t.Context(), "") })
	}
	require.Eventually(t, func() bool { return git.Waiting(cache) == len(answers)-1 }, time.Minute, time.Millisecond)
	close(waited)
	all.Wait()
	return answers
}

// TestCacheIsBroken: whatever the disk has made of a pack, what is read is right or is
// fetched again.
func TestCacheIsBroken(t *testing.T) {
	server := gitserver.New(t)
	good := server.NewSSHSigner()
	content := strings.Repeat("all is well\n", 20)
	server.CommitSigned(path, content, good)
	size := 0
	for at := 0; at == 0 || at < size; at += 11 {
		cache := git.NewCache(git.DefaultCacheBytes)
		fetcher := newFetcher(t, server, sharing(cache, trusting(t, good)))
		fetch(t, fetcher, "")
		size = overwrite(t, fetcher, at)
		got := fetch(t, fetcher, "")
		require.Equal(t, content, string(got.Data()), "byte %d of %d", at, size)
		require.Equal(t, 2, downloads(server))
	}
}

// overwrite changes a byte of the file without a name that the fetcher has, and
// returns how many it has.
func overwrite(t *testing.T, fetcher *git.Fetcher, at int) int {
	t.Helper()
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("files without a name can only be found where there is /proc")
	}
	for _, d := range descriptors {
		name := filepath.Join("/proc/self/fd", d.Name())
		if target, _ := os.Readlink(name); !strings.HasPrefix(target, git.Dir(fetcher)+"/") {
			continue
		}
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		require.True(t, bytes.HasPrefix(data, []byte("PACK")))
		data[at] ^= 0xff
		require.NoError(t, os.WriteFile(name, data, 0o600))
		return len(data)
	}
	require.Fail(t, "no pack is kept")
	return 0
}
