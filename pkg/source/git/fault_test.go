package git_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

func requireFault(t *testing.T, err error, class fault.Class, reason, text string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, class, fault.ClassOf(err), err)
	require.Equal(t, reason, fault.ReasonOf(err, ""), err)
	require.ErrorContains(t, err, text)
	require.NotContains(t, err.Error(), "s3cret")
	require.NotContains(t, err.Error(), "\n", "a message is one line")
}

// TestNewRefuses is pitfall 28: file and plain-http sources were accepted.
func TestNewRefuses(t *testing.T) {
	tests := map[string]struct {
		why    string
		change func(*git.Config)
		text   string
	}{
		"file":          {why: "reads the operator's disk", change: repo("file:///etc"), text: "only https and ssh"},
		"path":          {why: "go-git would take it for a local one", change: repo("/etc"), text: "only https and ssh"},
		"helper":        {why: "git would run a program", change: repo("ext::sh -c id"), text: "only https and ssh"},
		"helper's URL":  {why: "git would run a program", change: repo("ext://example.com/a"), text: "only https and ssh"},
		"descriptor":    {why: "git would read it", change: repo("fd::17/a"), text: "only https and ssh"},
		"bundle":        {why: "the operator's disk", change: repo("./a.bundle"), text: "only https and ssh"},
		"git":           {why: "no authentication of the server", change: repo("git://example.com/a"), text: "only https and ssh"},
		"ssh":           {why: "nobody to log in as", change: repo("ssh://git@example.com/a"), text: "name a Secret"},
		"scp":           {why: "ssh too", change: repo("git@example.com:a/b.git"), text: "name a Secret"},
		"ssh password":  {why: "a spec is no place for it", change: repo("ssh://me:s3cret@example.com/a"), text: "credentials"},
		"ssh option":    {why: "git would read it as one", change: repo("git@example.com:-oProxyCommand=x"), text: "cannot be meant"},
		"ssh line":      {why: "a shell would read two", change: repo("git@example.com:a\tb"), text: "cannot be meant"},
		"no user":       {why: "a typing error more often", change: repo("example.com:a/b.git"), text: "only https and ssh"},
		"password":      {why: "a spec is no place for it", change: repo("https://me:s3cret@example.com/a"), text: "credentials"},
		"bad password":  {why: "a parse error must not repeat it", change: repo("https://me:s3cret%@example.com/a"), text: "not a valid URL"},
		"token":         {why: "may stand in a query", change: repo("https://example.com/a?token=s3cret"), text: "query"},
		"no host":       {why: "nothing to connect to", change: repo("https:///a"), text: "needs a host"},
		"no path":       {why: "no repository", change: repo("https://example.com/"), text: "and a path"},
		"two refs":      {why: "which one?", change: func(c *git.Config) { c.Branch, c.Tag = "a", "b" }, text: "exclude each other"},
		"short commit":  {why: "it may become ambiguous", change: func(c *git.Config) { c.Commit = "abc1234" }, text: "40 hexadecimal"},
		"no file":       {why: "nothing to read", change: file(""), text: "git.path is empty"},
		"absolute file": {why: "not of the repository", change: file("/etc/passwd"), text: "is absolute"},
		"parent":        {why: "not of the repository", change: file("../x"), text: "not a plain path"},
		"hidden parent": {why: "not of the repository", change: file("a/../../x"), text: "not a plain path"},
		"doubled slash": {why: "not Git's spelling", change: file("a//b"), text: "not a plain path"},
		"bad pattern":   {why: "it could match nothing", change: file("a/[b-/*.json"), text: "is malformed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := git.Config{Repository: "https://example.com/a.git", Path: path, HTTP: egress.Policy{}.Client()}
			tt.change(&cfg)
			_, err := git.New(cfg)
			require.Error(t, err, tt.why)
			requireFault(t, err, fault.Terminal, source.ReasonInvalidReference, tt.text)
		})
	}
}

func repo(u string) func(*git.Config) { return func(c *git.Config) { c.Repository = u } }
func file(p string) func(*git.Config) { return func(c *git.Config) { c.Path = p } }

func TestReferencesThatDoNotExist(t *testing.T) {
	server := gitserver.New(t)
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(server.WorkTree(), "link")))
	server.Commit("dir/file", "x")
	other := server.Git("rev-parse", "HEAD")
	server.Git("update-index", "--add", "--cacheinfo", "160000,"+other+",module")
	server.Git("commit", "--quiet", "--message=A submodule")
	server.Git("tag", "tree", "HEAD^{tree}")

	tests := map[string]struct {
		change func(*git.Config)
		text   string
	}{
		"branch":      {func(c *git.Config) { c.Branch = "nope" }, `git.branch "nope" does not exist`},
		"tag":         {func(c *git.Config) { c.Tag = "nope" }, `git.tag "nope" does not exist`},
		"tree tag":    {func(c *git.Config) { c.Tag = "tree" }, "does not name a commit"},
		"commit":      {func(c *git.Config) { c.Commit = strings.Repeat("1", 40) }, "git.commit 1111"},
		"path":        {file("nope.json"), `git.path "nope.json" does not exist`},
		"deep path":   {file("dir/nope/x"), `there is no "dir/nope"`},
		"through":     {file("dir/file/x"), "is a file, not a directory"},
		"folder":      {file("dir"), "is a folder without any server.json"},
		"root folder": {file("."), "is a folder without any server.json"},
		"pattern":     {file("dir/*.json"), `git.path "dir/*.json" matches no file`},
		"links only":  {file("li*"), "link: it is a symbolic link"},
		"modules":     {file("mod*/*"), "module: it is a submodule"},
		"symlink":     {file("link"), "symbolic link"},
		"submodule":   {file("module"), "submodule"},
		"in a module": {file("module/x"), "submodule"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := newFetcher(t, server, tt.change).Fetch(t.Context(), "")
			requireFault(t, err, fault.Terminal, source.ReasonInvalidReference, tt.text)
		})
	}
}

func TestAnswersOfTheServer(t *testing.T) {
	tests := map[string]struct {
		why    string
		status int
		class  fault.Class
		reason string
		text   string
	}{
		"401": {"GitHub's answer to private and absent ones", 401, fault.Terminal, source.ReasonAuthFailed, "asks for credentials"},
		"403": {"forbidden", 403, fault.Terminal, source.ReasonAuthFailed, "asks for credentials"},
		"404": {"it may be a moment of a move", 404, fault.Retry, source.ReasonUnavailable, "does not exist"},
		"429": {"too many requests pass", 429, fault.Retry, source.ReasonUnavailable, "429"},
		"500": {"the server's fault", 500, fault.Retry, source.ReasonUnavailable, "500"},
		"503": {"maintenance ends", 503, fault.Retry, source.ReasonUnavailable, "503"},
		"200": {"a page instead of refs", 200, fault.Retry, source.ReasonUnavailable, "fetch https://"},
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for name, tt := range tests {
			t.Run(method+" "+name, func(t *testing.T) {
				server := gitserver.New(t)
				server.Commit(path, "one")
				server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
					if r.Method != method {
						return false
					}
					w.WriteHeader(tt.status)
					_, _ = w.Write([]byte("<html>s3cret</html>"))
					return true
				})
				_, err := newFetcher(t, server, nil).Fetch(t.Context(), "")
				require.Error(t, err, tt.why)
				require.Equal(t, tt.class, fault.ClassOf(err), tt.why)
				require.Equal(t, tt.reason, fault.ReasonOf(err, ""), err)
				require.ErrorContains(t, err, tt.text)
			})
		}
	}
}

// TestServerAsksToWait: a busy host is left in peace for as long as it says.
func TestServerAsksToWait(t *testing.T) {
	for name, tt := range map[string]struct {
		why, value string
		status     int
		after      time.Duration
	}{
		"429":      {"too many requests", "120", 429, 2 * time.Minute},
		"403":      {"how GitHub says the same", "60", 403, time.Minute},
		"503":      {"maintenance", "30", 503, 30 * time.Second},
		"too long": {"a mistake or malice", "99999999999", 429, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			server := gitserver.New(t)
			server.Commit(path, "one")
			server.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Retry-After", tt.value)
				w.WriteHeader(tt.status)
				return true
			})
			_, err := newFetcher(t, server, nil).Fetch(t.Context(), "")
			requireFault(t, err, fault.Wait, source.ReasonUnavailable, "asks to be left alone")
			require.Equal(t, tt.after, fault.After(err), tt.why)
		})
	}
}

func TestEmptyRepositoryIsRetried(t *testing.T) {
	_, err := newFetcher(t, gitserver.New(t), nil).Fetch(t.Context(), "")
	requireFault(t, err, fault.Retry, source.ReasonUnavailable, "is empty")
}

func TestServerIsDown(t *testing.T) {
	fetcher, err := git.New(git.Config{
		Repository: "https://127.0.0.1:1/a.git", Path: path,
		HTTP: egress.Policy{AllowLoopback: true}.Client(),
	})
	require.NoError(t, err)
	_, err = fetcher.Fetch(t.Context(), "")
	requireFault(t, err, fault.Retry, source.ReasonUnavailable, "connection refused")
}

func TestRepositoryLimit(t *testing.T) {
	server := gitserver.New(t)
	server.Commit("noise", incompressible(1, 200_000))
	server.Commit(path, "small")
	fetcher := newFetcher(t, server, func(c *git.Config) { c.MaxRepositoryBytes = 50_000 })
	_, err := fetcher.Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonTooLarge, "more than the limit of 50000 bytes")
}

// TestInflationBomb: 70 MB of zeros are 70 kB on the wire.
func TestInflationBomb(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "small")
	server.Commit("zeros", strings.Repeat("\x00", 70<<20))
	fetcher := newFetcher(t, server, func(c *git.Config) { c.MaxRepositoryBytes = 1 << 20 })
	_, err := fetcher.Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonTooLarge, "holds an object of")
}

func TestCancelWhileTheServerHangs(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "one")
	ctx, cancel := context.WithCancel(t.Context())
	server.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			_, _ = io.Copy(io.Discard, r.Body) // a server sees the end of a request only behind its body
			cancel()
			<-r.Context().Done()
		}
		return r.Method == http.MethodPost
	})
	_, err := newFetcher(t, server, nil).Fetch(ctx, "")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, fault.Retry, fault.ClassOf(err))
}

// incompressible is text that takes about its own size in a pack.
func incompressible(seed, size int) string {
	random := rand.New(rand.NewPCG(uint64(seed), 7))
	text := make([]byte, size)
	for i := range text {
		text[i] = byte(random.UintN(256))
	}
	return string(text)
}
