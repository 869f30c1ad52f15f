package bench

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

const (
	// commits of the repository, each of which writes one of its files anew.
	commits  = 10_000
	files    = 1000
	fileSize = 20 << 10
	// gitRounds is how often each thing is done, in turn with what git does.
	gitRounds = 5
)

// TestGit compares the Git source with git itself, against the same server, on a
// repository with a history: 10,000 commits, 200 MB, of which the last commit has 20.
func TestGit(t *testing.T) {
	if os.Getenv("BENCH") == "" {
		t.Skip("BENCH is not set: make bench runs this")
	}
	server := gitserver.New(t, gitserver.Setting{Key: "uploadpack.allowReachableSHA1InWant", Value: "true"})
	writeHistory(t, server)
	c := gitComparison{server: server, client: server.NewClient(), policy: egress.Policy{AllowLoopback: true, RootCAs: server.CA()}}
	fmt.Printf("%-34s %9s %9s %7s %11s %11s %7s\n", "", "ours", "git", "ratio", "our bytes", "git's", "ratio")

	known := c.fetch(t, c.fetcher(t, "f/1", git.NewCache(0)), "").Revision
	check := c.fetcher(t, "f/1", git.NewCache(0))
	lsRemote := func() { c.client.Git("ls-remote", "--quiet", server.URL(), "HEAD") }
	c.compare(t, "unchanged, by git ls-remote", func() { require.True(t, c.fetch(t, check, known).Unchanged) }, lsRemote)

	clone := func() {
		c.client.Git("clone", "--quiet", "--depth=1", server.URL(), "clone")
		c.client.Remove("clone")
	}
	c.compare(t, "one file, by git clone --depth 1", func() { c.fetch(t, c.fetcher(t, "f/1", git.NewCache(0)), "") }, clone)
	c.compare(t, "all files, by git clone --depth 1", func() { c.fetch(t, c.fetcher(t, "f/*", git.NewCache(0)), "") }, clone)
	old := server.Git("rev-parse", "HEAD~5000")
	c.compare(t, "old commit, by git clone --depth 1", func() {
		fetcher := c.fetcher(t, "f/*", git.NewCache(0), func(c *git.Config) { c.Commit = old })
		c.fetch(t, fetcher, "")
	}, clone)
	cache := git.NewCache(git.DefaultCacheBytes)
	c.fetch(t, c.fetcher(t, "f/1", cache), "")
	c.compare(t, "next registry, by git clone", func() { c.fetch(t, c.fetcher(t, "f/1", cache), "") }, clone)
	fmt.Print("(milliseconds, medians; bytes are of the answers' bodies)\n\n")
}

type gitComparison struct {
	server *gitserver.Server
	client *gitserver.Client
	policy egress.Policy
}

// fetcher is that of a registry which has just been made.
func (c gitComparison) fetcher(t *testing.T, path string, cache *git.Cache, changes ...func(*git.Config)) *git.Fetcher {
	t.Helper()
	cfg := git.Config{Repository: c.server.URL(), Path: path, Dir: t.TempDir(), HTTP: c.policy.Client(), Cache: cache}
	for _, change := range changes {
		change(&cfg)
	}
	fetcher, err := git.New(cfg)
	require.NoError(t, err)
	return fetcher
}

func (c gitComparison) fetch(t *testing.T, fetcher *git.Fetcher, known source.Revision) source.Content {
	t.Helper()
	content, err := fetcher.Fetch(t.Context(), known)
	require.NoError(t, err)
	return content
}

func (c gitComparison) compare(t *testing.T, name string, ours, theirs func()) {
	t.Helper()
	var times, gitTimes, bytes, gitBytes []float64
	for range gitRounds {
		took, sent := c.measure(ours)
		times, bytes = append(times, took), append(bytes, sent)
		took, sent = c.measure(theirs)
		gitTimes, gitBytes = append(gitTimes, took), append(gitBytes, sent)
	}
	fmt.Printf("%-34s %9.1f %9.1f %7.2f %11.0f %11.0f %7.2f\n", name, median(times), median(gitTimes), median(times)/median(gitTimes),
		median(bytes), median(gitBytes), median(bytes)/median(gitBytes))
}

func (c gitComparison) measure(do func()) (milliseconds, sent float64) {
	c.server.Sent()
	start := time.Now()
	do()
	return float64(time.Since(start).Microseconds()) / 1000, float64(c.server.Sent())
}

// writeHistory fills the repository. What it holds does not compress, so that sizes
// are easy to see.
func writeHistory(t *testing.T, server *gitserver.Server) {
	t.Helper()
	reader, writer := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(writer, 1<<20)
		random := rand.NewChaCha8([32]byte{1})
		content := make([]byte, fileSize)
		for i := range commits {
			_, _ = random.Read(content)
			fmt.Fprintf(out, "commit refs/heads/main\ncommitter T <t@example.com> %d +0000\ndata 0\n", 1_700_000_000+i)
			fmt.Fprintf(out, "M 100644 inline f/%d\ndata %d\n%s\n", i%files, fileSize, content)
		}
		_ = writer.CloseWithError(out.Flush())
	}()
	server.Feed(reader, "fast-import", "--quiet", "--depth=0")
}
