package node

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMissingPackages(t *testing.T) {
	none := missingPackages(func(string) bool { return true })
	assert.Empty(t, none)

	got := missingPackages(func(program string) bool { return program != "containerd" && program != "ctr" && program != "nft" })
	assert.Equal(t, []string{"containerd", "nftables"}, got, "a package with two missing programs is named once")
}

func TestMountsBelow(t *testing.T) {
	const mountinfo = `20 1 254:0 / / rw - ext4 /dev/vda rw
21 20 0:5 / /run/localcluster/x/a rw - overlay overlay rw
22 20 0:6 / /run/localcluster/xy/a rw - overlay overlay rw
23 21 0:7 / /var/lib/localcluster/x/with\040blank rw - tmpfs tmpfs rw
`
	got := mountsBelow(mountinfo, "/run/localcluster/x", "/var/lib/localcluster/x")
	assert.Equal(t, []string{"/run/localcluster/x/a", "/var/lib/localcluster/x/with blank"}, got,
		"in order, unescaped, and nothing of a cluster whose name only starts the same")
}

func TestIsShim(t *testing.T) {
	const socket = "/run/localcluster/x/containerd.sock"
	for why, tc := range map[string]struct {
		args []string
		want bool
	}{
		"ours":                   {[]string{"/usr/bin/containerd-shim-runc-v2", "-address", socket}, true},
		"another containerd's":   {[]string{"/usr/bin/containerd-shim-runc-v2", "-address", "/run/containerd/containerd.sock"}, false},
		"a client of our socket": {[]string{"ctr", "--address", socket}, false},
		"a kernel thread":        {[]string{""}, false},
	} {
		assert.Equal(t, tc.want, isShim(tc.args, socket), why)
	}
}

func TestParsePIDs(t *testing.T) {
	assert.Equal(t, []int{12, 34}, parsePIDs("12\n34\n0\n1\n"), "0 and 1 are never ours")
}

func TestSingleFileImage(t *testing.T) {
	data, err := singleFileImage("example.invalid/x:1", "pause", []byte("program"))
	require.NoError(t, err)
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		files[header.Name], err = io.ReadAll(r)
		require.NoError(t, err)
	}
	var manifest []struct{ RepoTags []string }
	require.NoError(t, json.Unmarshal(files["manifest.json"], &manifest))
	assert.Equal(t, []string{"example.invalid/x:1"}, manifest[0].RepoTags)
	assert.Contains(t, string(files["config.json"]), `"Entrypoint":["/pause"]`)
}
