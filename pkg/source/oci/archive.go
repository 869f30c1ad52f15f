package oci

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// maxEntries bounds an archive; each costs at least 512 bytes of it.
const maxEntries = 100_000

// errNotThere: the archive has no such file.
var errNotThere = errors.New("there is no such file")

// opened is a layer as it is without compression.
type opened struct {
	*bufio.Reader
	// archive is true for a tar.
	archive bool
}

// open decompresses gzip and looks at what is inside: no JSON begins like either.
func open(layer io.Reader) (opened, error) {
	from := bufio.NewReader(layer)
	if begin, _ := from.Peek(4); bytes.Equal(begin, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		return opened{}, errors.New("the layer is compressed with zstd: only gzip is supported")
	} else if bytes.HasPrefix(begin, []byte{0x1f, 0x8b}) {
		inflated, err := gzip.NewReader(from)
		if err != nil {
			return opened{}, fmt.Errorf("decompress the layer: %w", err)
		}
		from = bufio.NewReader(inflated)
	}
	header, _ := from.Peek(512)
	return opened{Reader: from, archive: len(header) == 512 && bytes.Equal(header[257:262], []byte("ustar"))}, nil
}

// limits of what is read of all layers of an artifact.
type limits struct {
	// file bounds the file, layers what is stored in the registry, and archives what
	// comes out of those that are archives. The last two become less.
	file, layers, archives int64
	// tooLarge is the error for a file that has more.
	tooLarge func() error
}

// layer takes a layer's part of what may be read.
func (l *limits) layer(size int64) error {
	if size > l.layers {
		return fault.NewTerminal(source.ReasonTooLarge,
			fmt.Errorf("there are layers with %d bytes more to read: only %d are left of four times --max-source-bytes", size, l.layers))
	}
	l.layers -= size
	return nil
}

// whole reads a layer that is the file itself.
func (l *limits) whole(from io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, l.file+1))
	if err != nil {
		return nil, fmt.Errorf("the file broke off after %d bytes: %w", len(data), err)
	}
	if int64(len(data)) > l.file {
		return nil, l.tooLarge()
	}
	return data, nil
}

// search reads one file of a tar. All of the tar is read, for a name that is there
// twice means one thing to one reader and another thing to the next.
func (l *limits) search(from io.Reader, wanted string) ([]byte, error) {
	bounded := &io.LimitedReader{R: from, N: l.archives}
	defer func() { l.archives = bounded.N }()
	archive := tar.NewReader(bounded)
	var data []byte
	found := false
	for entries := 0; ; entries++ {
		header, err := archive.Next()
		switch {
		case err != nil && bounded.N <= 0: // also at what looks like a good end
			return nil, fault.NewTerminal(source.ReasonTooLarge,
				errors.New("what is in the archives has more than four times --max-source-bytes"))
		case errors.Is(err, io.EOF) && found:
			return data, nil
		case errors.Is(err, io.EOF):
			return nil, errNotThere
		case err != nil:
			return nil, fmt.Errorf("the layer is a broken archive: %w", err)
		case entries >= maxEntries:
			return nil, fmt.Errorf("the archive has more than %d entries", maxEntries)
		case nameOf(header) != wanted:
			continue
		case found:
			return nil, fmt.Errorf("the archive has the file %.80q twice", wanted)
		}
		if data, err = l.entry(header, archive); err != nil {
			return nil, err
		}
		found = true
	}
}

// nameOf is the plain spelling of an entry's name. One with ".." in it stays as it is
// and is never the wanted one.
func nameOf(header *tar.Header) string {
	return strings.TrimSuffix(strings.TrimPrefix(header.Name, "./"), "/")
}

// entry reads a regular file: links would lead to something else.
func (l *limits) entry(header *tar.Header, from io.Reader) ([]byte, error) {
	switch {
	case header.Typeflag == tar.TypeDir:
		return nil, fmt.Errorf("%.80q is a directory in the archive", header.Name)
	case header.Typeflag == tar.TypeSymlink || header.Typeflag == tar.TypeLink:
		return nil, fmt.Errorf("%.80q is a link in the archive: links are not followed", header.Name)
	case header.Typeflag != tar.TypeReg:
		return nil, fmt.Errorf("%.80q is not a regular file in the archive", header.Name)
	case header.Size > l.file:
		return nil, l.tooLarge()
	}
	return l.whole(from)
}
