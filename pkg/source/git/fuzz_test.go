package git

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/stretchr/testify/require"
)

// FuzzRepository: what is accepted names a host over https, http or ssh and nothing
// that a shell, git or a log could take for something else.
func FuzzRepository(f *testing.F) {
	for _, seed := range []string{
		"https://example.com/a.git", "http://127.0.0.1:80/a", "ssh://git@example.com:2222/~me/a", "git@example.com:a/b.git", "git@[::1]:a",
		"https://me:s3cret@example.com/a", "ssh://me:s3cret@example.com/a", "ssh://-oProxyCommand=x/a", "git@example.com:-x", "ext::sh -c x",
		"file:///etc", "/etc", "git://example.com/a", "https://[fe80::1%25eth0]/a", "https://example.com/a\n", "ssh://a%0ab@example.com/%00", "://", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, repository string) {
		at, err := parseRepository(repository)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			require.NotContains(t, err.Error(), "s3cret")
			return
		}
		require.Contains(t, []string{"https", "http", "ssh"}, at.scheme)
		require.NotEmpty(t, at.host)
		require.NotContains(t, at.host, "/")
		require.False(t, strings.ContainsFunc(at.host+at.user+at.port+at.path, unicode.IsControl))
		require.False(t, strings.HasPrefix(at.path, "-"), "git-upload-pack would read an option")
		if at.overSSH() {
			require.NotEmpty(t, at.user)
		}
	})
}

// FuzzPattern compares the patterns, which are matched in one pass, with the plain
// definition of what they mean.
func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{
		{"servers/*/server.json", "servers/a/server.json"}, {"**/a/**/b", "x/a/y/z/b"}, {"**", "a"}, {"a/**", "a"}, {"[a-c]?/*", "bx/y"},
		{"**/**/**", "a/b"}, {`\*`, "*"}, {"[", "["}, {"[a", "[a"}, {"a/../b", "a/../b"}, {"/a", "a"}, {"a*b*c", "axbxc"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, glob, name string) {
		if validatePath(glob) != nil {
			return
		}
		require.Equal(t, glob, path.Clean(glob))
		require.False(t, glob == ".." || strings.HasPrefix(glob, "../") || strings.HasPrefix(glob, "/"))
		p, names := pattern(strings.Split(glob, "/")), strings.Split(name, "/")
		if len(p) > 8 || len(names) > 8 {
			return // the plain definition takes too long
		}
		at := p.start()
		for _, n := range names {
			at, _ = p.step(at, n)
		}
		require.Equal(t, meant(p, names), p.whole(at))
	})
}

func meant(p pattern, names []string) bool {
	switch {
	case len(p) == 0:
		return len(names) == 0
	case p[0] == anyDepth:
		return meant(p[1:], names) || len(names) > 0 && meant(p, names[1:])
	}
	return len(names) > 0 && (p[0] == names[0] || matches(p[0], names[0])) && meant(p[1:], names[1:])
}

const (
	refsOfOne = "001e# service=git-upload-pack\n0000" +
		"00961111111111111111111111111111111111111111 HEAD\x00multi_ack thin-pack side-band-64k ofs-delta shallow no-progress filter symref=HEAD:refs/heads/main\n" +
		"003d1111111111111111111111111111111111111111 refs/heads/main\n0000"
	fuzzLimit = 1 << 20
)

// FuzzAnswers: whatever a server says ends in content or in a classified error of one
// line, soon.
func FuzzAnswers(f *testing.F) {
	whole := packed(entry{plumbing.BlobObject, []byte("x"), nil})
	f.Add([]byte(refsOfOne), append([]byte("0008NAK\n"), whole...))
	f.Add([]byte(refsOfOne), []byte("0034shallow 1111111111111111111111111111111111111111\n00000008NAK\n0009\x01PACK0000"))
	f.Add([]byte(refsOfOne), []byte("0031ERR upload-pack: not our ref 111111111111111\n"))
	f.Add([]byte("001e# service=git-upload-pack\n0000004a0000000000000000000000000000000000000000 capabilities^{}\x00side-band\n0000"), []byte("0000"))
	f.Add([]byte("fffe"), []byte("fff0"))
	f.Add([]byte("<html>"), []byte(""))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, refs, pack []byte) {
		client := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			body := refs
			if r.Method == http.MethodPost {
				body = pack
			}
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body)), Request: r, Header: http.Header{}}, nil
		})}
		fetcher, err := New(Config{Repository: "https://example.com/a", Path: "**", HTTP: client, Dir: dir, MaxBytes: fuzzLimit, MaxRepositoryBytes: fuzzLimit})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = fetcher.Fetch(ctx, "")
		require.NoError(t, ctx.Err(), "it takes too long")
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
		}
	})
}
