package ociserver

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/http/httptest"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/registry/remote"
)

// Layer is one layer of an artifact.
type Layer struct {
	// Title is the name of the file; "" leaves the annotation out.
	Title string
	// Type is the media type; "" is that of any bytes.
	Type string
	Data []byte
	// Annotations are more of them.
	Annotations map[string]string
}

// Repository pushes past login, interception and counting.
func (s *Server) Repository(name string) *remote.Repository {
	repository, err := remote.NewRepository(s.Host() + "/" + name)
	require.NoError(s.t, err)
	repository.Client = &http.Client{Transport: direct{s.backend}}
	return repository
}

// direct asks a handler without a network.
type direct struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	d.handler.ServeHTTP(answer, r)
	response := answer.Result()
	response.Request = r
	return response, nil
}

// Push makes an artifact of layers and gives it the tag.
func (s *Server) Push(repository, tag string, layers ...Layer) digest.Digest {
	s.t.Helper()
	to := s.Repository(repository)
	// Without a time, the same layers are the same artifact.
	options := oras.PackManifestOptions{ManifestAnnotations: map[string]string{ocispec.AnnotationCreated: "2026-01-02T03:04:05Z"}}
	for _, l := range layers {
		options.Layers = append(options.Layers, s.blob(to, l))
	}
	packed, err := oras.PackManifest(s.t.Context(), to, oras.PackManifestVersion1_1, "application/vnd.example.mcp.registry", options)
	require.NoError(s.t, err)
	require.NoError(s.t, to.Tag(s.t.Context(), packed, tag))
	return packed.Digest
}

func (s *Server) blob(to *remote.Repository, l Layer) ocispec.Descriptor {
	s.t.Helper()
	if l.Type == "" {
		l.Type = "application/octet-stream"
	}
	pushed, err := oras.PushBytes(s.t.Context(), to.Blobs(), l.Type, l.Data)
	require.NoError(s.t, err)
	if pushed.Annotations = l.Annotations; l.Title != "" {
		pushed.Annotations = map[string]string{ocispec.AnnotationTitle: l.Title}
	}
	return pushed
}

// PushManifest pushes anything as a manifest, under a tag.
func (s *Server) PushManifest(repository, tag, mediaType string, data []byte) digest.Digest {
	s.t.Helper()
	described := ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(data), Size: int64(len(data))}
	require.NoError(s.t, s.Repository(repository).Manifests().PushReference(s.t.Context(), described, bytes.NewReader(data), tag))
	return described.Digest
}

// PushIndex makes an index of artifacts and gives it the tag.
func (s *Server) PushIndex(repository, tag string, children ...ocispec.Descriptor) digest.Digest {
	s.t.Helper()
	data, err := json.Marshal(ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex, Manifests: children,
	})
	require.NoError(s.t, err)
	return s.PushManifest(repository, tag, ocispec.MediaTypeImageIndex, data)
}

// Describe is the descriptor of what a tag or digest names.
func (s *Server) Describe(repository, reference string) ocispec.Descriptor {
	s.t.Helper()
	found, err := s.Repository(repository).Resolve(s.t.Context(), reference)
	require.NoError(s.t, err)
	return found
}

// Tar makes an archive of entries; the data of regular files is theirs.
func Tar(entries ...*tar.Header) func(data ...string) []byte {
	return func(data ...string) []byte {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for i, header := range entries {
			text := ""
			if i < len(data) {
				text = data[i]
			}
			header.Size, header.Mode = int64(len(text)), 0o644
			if err := w.WriteHeader(header); err != nil {
				panic(err)
			}
			if _, err := w.Write([]byte(text)); err != nil {
				panic(err)
			}
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		return out.Bytes()
	}
}

// File is an entry for [Tar].
func File(name string) *tar.Header { return &tar.Header{Name: name, Typeflag: tar.TypeReg} }

// Gzip compresses.
func Gzip(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
