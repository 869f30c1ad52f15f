package oci_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/sourcetest"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

type layer = ociserver.Layer

func titled(title, text string) layer { return layer{Title: title, Data: []byte(text)} }

// archive is a layer with files, in turn their names and texts.
func archive(namesAndTexts ...string) layer {
	var headers []*tar.Header
	var texts []string
	for i := 0; i+1 < len(namesAndTexts); i += 2 {
		headers = append(headers, ociserver.File(namesAndTexts[i]))
		texts = append(texts, namesAndTexts[i+1])
	}
	return layer{Data: ociserver.Tar(headers...)(texts...)}
}

func zipped(l layer) layer {
	l.Data = ociserver.Gzip(l.Data)
	return l
}

// special is an archive with one entry that is not a file.
func special(header tar.Header) layer { return layer{Data: ociserver.Tar(&header)()} }

func TestPick(t *testing.T) {
	const file = "registry.json"
	for name, tt := range map[string]struct {
		why    string
		path   string
		layers []layer
		want   string
	}{
		"the only layer":        {"oras push of a file", "", []layer{titled("catalogue.json", "one")}, "one"},
		"without a title":       {"other tools leave it out", "", []layer{{Data: []byte("one")}}, "one"},
		"titled among others":   {"oras push of several files", "", []layer{titled("README.md", "x"), titled(file, "one")}, "one"},
		"named":                 {"which one is meant", "b.json", []layer{titled("a.json", "x"), titled("b.json", "one")}, "one"},
		"compressed":            {"as on a web server", "a.json.gz", []layer{zipped(titled("a.json.gz", "one"))}, "one"},
		"archive":               {"an image without compression", "", []layer{archive("README.md", "x", file, "one")}, "one"},
		"compressed archive":    {"an image", "", []layer{zipped(archive(file, "one"))}, "one"},
		"with a dot":            {"how tar names the files of the current folder", "", []layer{archive("./"+file, "one")}, "one"},
		"in a folder":           {"oras push of a folder", "data/a.json", []layer{zipped(layer{Title: "data", Data: archive("data/a.json", "one").Data})}, "one"},
		"the last layer":        {"in an image, it hides those below", "", []layer{archive(file, "old"), archive("x", "y"), archive(file, "one")}, "one"},
		"below":                 {"in an image, it is there", "", []layer{archive(file, "one"), archive("x", "y")}, "one"},
		"layers of all kinds":   {"those that are no archives are passed over", "a.json", []layer{titled("x", ""), archive("a.json", "one"), titled("y", "z")}, "one"},
		"a title before a file": {"it is the shorter way", "", []layer{titled(file, "one"), archive(file, "x")}, "one"},
		"an odd media type":     {"it is only a claim", "", []layer{{Type: "application/x-evil", Data: archive(file, "one").Data}}, "one"},
		"an empty file":         {"what it means is not decided here", "", []layer{archive(file, "")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := ociserver.New(t)
			s.Push(repository, "v1", tt.layers...)
			f := fetcher(t, s, func(c *oci.Config) { c.Path, c.MaxBytes = tt.path, 1<<20 })
			require.Equal(t, tt.want, string(fetch(t, f, "").Data()), tt.why)
		})
	}
}

func TestPickRefuses(t *testing.T) {
	const file = "registry.json"
	big := strings.Repeat("x", sourcetest.Limit+1)
	zeros := layer{Data: bomb(64 << 20)}
	for name, tt := range map[string]struct {
		why    string
		path   string
		layers []layer
		reason string
		says   string
	}{
		"two with the title":    {"which one?", "", []layer{titled(file, "a"), titled(file, "b")}, source.ReasonInvalidReference, "2 layers with the title"},
		"no such title":         {"a typing mistake", "a.json", []layer{titled("b.json", "x")}, source.ReasonInvalidReference, `neither a layer with the title "a.json" nor`},
		"no such file":          {"a typing mistake", "a.json", []layer{archive("b.json", "x")}, source.ReasonInvalidReference, "correct oci.path"},
		"not in the only layer": {"the default is not there", "", []layer{archive("b.json", "x")}, source.ReasonInvalidReference, `without "registry.json"`},
		"twice in an archive":   {"readers differ in which one they take", "", []layer{archive(file, "a", "./"+file, "b")}, source.ReasonInvalidReference, "twice"},
		"parent":                {"nothing is taken for what it is not", "", []layer{archive("a/../"+file, "x")}, source.ReasonInvalidReference, "without"},
		"symlink":               {"it would lead elsewhere", "", []layer{special(tar.Header{Name: file, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})}, source.ReasonInvalidReference, "is a link"},
		"hard link":             {"it would lead elsewhere", "", []layer{special(tar.Header{Name: file, Typeflag: tar.TypeLink, Linkname: "x"})}, source.ReasonInvalidReference, "is a link"},
		"directory":             {"it is no file", "", []layer{special(tar.Header{Name: file + "/", Typeflag: tar.TypeDir})}, source.ReasonInvalidReference, "is a directory"},
		"device":                {"it is no file", "", []layer{special(tar.Header{Name: file, Typeflag: tar.TypeChar})}, source.ReasonInvalidReference, "not a regular file"},
		"title of an archive":   {"the file in it is meant", "data", []layer{{Title: "data", Data: archive("data/a.json", "x").Data}}, source.ReasonInvalidReference, "is an archive"},
		"zstd":                  {"not supported", "", []layer{{Data: []byte{0x28, 0xb5, 0x2f, 0xfd, 0}}}, source.ReasonInvalidReference, "zstd"},
		"gzip in name only":     {"it is broken", "", []layer{{Data: []byte{0x1f, 0x8b, 1, 2}}}, source.ReasonInvalidReference, "decompress"},
		"gzip that is cut":      {"it was pushed like that", "", []layer{{Data: ociserver.Gzip([]byte("some text"))[:20]}}, source.ReasonInvalidReference, "broke off"},
		"tar that is cut":       {"it was pushed like that", "", []layer{{Data: archive(file, "some text").Data[:515]}}, source.ReasonInvalidReference, "broke off"},
		"too large":             {"a file", "", []layer{titled(file, big)}, source.ReasonTooLarge, "4096 bytes"},
		"too large inside":      {"a file in an archive", "", []layer{archive(file, big)}, source.ReasonTooLarge, "4096 bytes"},
		"too large a layer":     {"it is not even asked for", "", []layer{titled(file, strings.Repeat("x", 2<<20))}, source.ReasonTooLarge, "only 1064960 are left"},
		"many layers":           {"each is small", "a.json", []layer{noise(1), noise(2), noise(3)}, source.ReasonTooLarge, "bytes more to read"},
		"many bombs":            {"each is small", "a.json", []layer{zeroes(600 << 10), zeroes(601 << 10)}, source.ReasonTooLarge, "more than four times"},
		"a bomb":                {"64 MiB of zeros in 64 KiB", "", []layer{zeros}, source.ReasonTooLarge, "4096 bytes"},
		"a bomb beside it":      {"64 MiB of zeros before the file", "", []layer{zipped(layer{Data: append(archiveOfZeros(64<<20), archive(file, "x").Data...)})}, source.ReasonTooLarge, "more than four times"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ociserver.New(t)
			s.Push(repository, "v1", tt.layers...)
			content, err := fetcher(t, s, func(c *oci.Config) { c.Path = tt.path }).Fetch(t.Context(), "")
			require.Error(t, err, tt.why)
			requireFault(t, err, fault.Terminal, tt.reason, tt.says)
			require.Empty(t, content.Files)
		})
	}
}

// noise is a layer of half a megabyte that is not the same as another one.
func noise(seed byte) layer { return layer{Data: bytes.Repeat([]byte{'x', seed}, 256<<10)} }

// zeroes is an archive with a file of so many zeros, compressed.
func zeroes(size int) layer {
	return zipped(layer{Data: ociserver.Tar(ociserver.File("zeros"))(string(make([]byte, size)))})
}

// bomb is so many zeros, compressed.
func bomb(size int) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(make([]byte, size))
	_ = w.Close()
	return out.Bytes()
}

// archiveOfZeros has a file of zeros and no end.
func archiveOfZeros(size int) []byte {
	whole := ociserver.Tar(ociserver.File("zeros"))(string(make([]byte, size)))
	return whole[:512+size]
}

// serving answers everything with a manifest, as no registry would have taken it.
func serving(mediaType, text string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write([]byte(text))
		return true
	}
}

func TestManifests(t *testing.T) {
	const manifest, index = ocispec.MediaTypeImageManifest, ocispec.MediaTypeImageIndex
	part := `{"mediaType":"x","digest":"` + string(digest.FromString("x")) + `","size":1}`
	for name, tt := range map[string]struct{ why, mediaType, text, says string }{
		"not JSON":        {"a page", manifest, "<html>", "not JSON"},
		"an old one":      {"there were no digests in it", manifest, `{"schemaVersion":1,"fsLayers":[]}`, "schema version 1"},
		"no layers":       {"an artifact of annotations alone", manifest, `{"schemaVersion":2}`, "no layers"},
		"both":            {"one reader takes it for this, another one for that", index, `{"schemaVersion":2,"layers":[` + part + `],"manifests":[` + part + `]}`, "at the same time"},
		"many layers":     {"each is a request", manifest, `{"schemaVersion":2,"layers":[` + strings.Repeat(part+",", 256) + part + `]}`, "more than 256"},
		"a bad digest":    {"it becomes a URL", manifest, `{"schemaVersion":2,"layers":[{"digest":"sha256:../../x","size":1}]}`, "by the digest"},
		"no digest":       {"nothing to verify it by", manifest, `{"schemaVersion":2,"layers":[{"size":1}]}`, "by the digest"},
		"a negative size": {"nothing has it", manifest, `{"schemaVersion":2,"layers":[` + strings.Replace(part, ":1}", ":-1}", 1) + `]}`, "the size -1"},
		"two children":    {"which one is meant?", index, `{"schemaVersion":2,"manifests":[` + part + "," + part + `]}`, "index of 2 manifests"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ociserver.New(t)
			s.Intercept(serving(tt.mediaType, tt.text))
			_, err := fetcher(t, s).Fetch(t.Context(), "")
			require.Error(t, err, tt.why)
			requireFault(t, err, fault.Terminal, source.ReasonInvalidReference, tt.says)
		})
	}
}

// TestIndexes: an index of one manifest is as good as that; documents of a build
// beside it do not count.
func TestIndexes(t *testing.T) {
	s := ociserver.New(t)
	s.Push(repository, "child", titled("registry.json", "one"))
	s.Push(repository, "document", titled("registry.json", "x"))
	child, document := s.Describe(repository, "child"), s.Describe(repository, "document")
	document.Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest"}

	of := s.PushIndex(repository, "v1", document, child)
	content := fetch(t, fetcher(t, s), "")
	require.Equal(t, "one", string(content.Data()))
	require.Equal(t, source.Revision(of), content.Revision)

	s.PushIndex(repository, "v1", s.Describe(repository, of.String()))
	_, err := fetcher(t, s).Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonInvalidReference, "index of indexes")
}
