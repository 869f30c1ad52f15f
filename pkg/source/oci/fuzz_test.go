package oci

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

// FuzzManifest: whatever is accepted can be verified and is bounded.
func FuzzManifest(f *testing.F) {
	part := `{"mediaType":"x","digest":"sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881","size":1}`
	for _, seed := range []string{
		`{"schemaVersion":2,"layers":[` + part + `]}`,
		`{"schemaVersion":2,"manifests":[` + part + `]}`,
		`{"schemaVersion":2,"layers":[` + part + `],"manifests":[` + part + `]}`,
		`{"schemaVersion":2,"layers":[{"digest":"sha256:../..","size":-1}]}`,
		`{"schemaVersion":2,"layers":null,"layers":[` + part + `]}`,
		`{"schemaVersion":1,"fsLayers":[]}`, `[]`, `null`, "\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.NotEqual(t, len(m.layers) == 0, len(m.children) == 0)
		for _, part := range append(m.layers, m.children...) {
			require.NoError(t, part.Digest.Validate())
			require.GreaterOrEqual(t, part.Size, int64(0))
		}
		if only, err := m.onlyChild(); err == nil {
			require.NoError(t, only.Validate())
		}
	})
}

// FuzzLayer: whatever comes out of a layer is bounded, and is only ever a regular file
// of the wanted name.
func FuzzLayer(f *testing.F) {
	const wanted = "registry.json"
	file := ociserver.Tar(ociserver.File("x"), ociserver.File("./"+wanted))("noise", "one")
	f.Add([]byte("{}"))
	f.Add(file)
	f.Add(file[:600])
	f.Add(ociserver.Gzip(file))
	f.Add(ociserver.Gzip(file)[:40])
	f.Add(append(ociserver.Gzip(nil), ociserver.Gzip([]byte("{}"))...))
	f.Add(ociserver.Tar(&tar.Header{Name: wanted, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})())
	f.Add(ociserver.Tar(&tar.Header{Name: "a/../" + wanted, Typeflag: tar.TypeReg})("x"))
	f.Add(ociserver.Tar(&tar.Header{Name: wanted, Typeflag: tar.TypeReg, PAXRecords: map[string]string{"path": wanted}})("x"))
	tooLarge := errors.New("too large")
	f.Fuzz(func(t *testing.T, data []byte) {
		l := &limits{file: 256, archives: 8192, tooLarge: func() error { return tooLarge }}
		opened, err := open(bytes.NewReader(data))
		if err != nil {
			return
		}
		read := l.whole
		if opened.archive {
			read = func(r io.Reader) ([]byte, error) { return l.search(r, wanted) }
		}
		out, err := read(opened)
		if err != nil {
			require.Empty(t, out)
			return
		}
		require.LessOrEqual(t, len(out), 256)
	})
}
