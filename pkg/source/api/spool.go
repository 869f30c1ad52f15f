package api

import (
	"bytes"
	"fmt"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/scratch"
)

// pieceSize is how much of the entries, about, is in memory at a time.
const pieceSize = 1 << 20

// spool keeps entries in a compressed scratch file. Entries are numbered from 0
// in the order of writing.
type spool struct {
	file    *os.File
	encoder *zstd.Encoder
	decoder *zstd.Decoder
	open    bytes.Buffer // the piece that is being filled: an entry a line
	pieces  []piece
	end     int64
	entries uint32
	// compressed and lines are what the last piece was read into.
	compressed, lines []byte
	// void are the entries that later ones took the place of.
	void map[uint32]struct{}
}

// piece is a part of a spool, compressed by itself.
type piece struct {
	at, size int64
	// raw is the size of the entries, uncompressed.
	raw   int64
	first uint32
}

func newSpool(dir string) (*spool, error) {
	file, err := scratch.File(dir)
	if err != nil {
		return nil, err
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(2*maxPage))
	if err != nil {
		return nil, err
	}
	return &spool{file: file, encoder: encoder, decoder: decoder, void: map[uint32]struct{}{}}, nil
}

// add writes an entry, which has no line break in it, and returns its number.
func (s *spool) add(raw []byte) (uint32, error) {
	if s.open.Len() > 0 && s.open.Len()+len(raw) > pieceSize {
		if err := s.flush(); err != nil {
			return 0, err
		}
	}
	s.open.Write(raw)
	s.open.WriteByte('\n')
	s.entries++
	return s.entries - 1, nil
}

// drop leaves an entry out.
func (s *spool) drop(number uint32) { s.void[number] = struct{}{} }

func (s *spool) flush() error {
	if s.open.Len() == 0 {
		return nil
	}
	compressed := s.encoder.EncodeAll(s.open.Bytes(), nil)
	if _, err := s.file.WriteAt(compressed, s.end); err != nil {
		return fmt.Errorf("writing to the scratch folder: %w", err)
	}
	lines := bytes.Count(s.open.Bytes(), []byte{'\n'})
	s.pieces = append(s.pieces, piece{
		at: s.end, size: int64(len(compressed)), raw: int64(s.open.Len()), first: s.entries - uint32(lines),
	})
	s.end += int64(len(compressed))
	s.open.Reset()
	return nil
}

// files are the entries as pages of a registry, each read when it is asked for.
// No entry can be added any more.
func (s *spool) files() ([]source.File, error) {
	if err := s.flush(); err != nil {
		return nil, err
	}
	_ = s.encoder.Close()
	s.encoder, s.open = nil, bytes.Buffer{}
	if len(s.pieces) == 0 {
		return []source.File{{Data: []byte(`{"servers":[]}`)}}, nil
	}
	files := make([]source.File, 0, len(s.pieces))
	for _, p := range s.pieces {
		files = append(files, source.File{Load: func() ([]byte, error) { return s.load(p) }, Size: p.raw})
	}
	return files, nil
}

// load reads a piece; one at a time, as everything here.
func (s *spool) load(p piece) (_ []byte, err error) {
	s.compressed = slices.Grow(s.compressed[:0], int(p.size))[:p.size]
	if _, err := s.file.ReadAt(s.compressed, p.at); err != nil {
		return nil, fmt.Errorf("reading from the scratch folder: %w", err)
	}
	if s.lines, err = s.decoder.DecodeAll(s.compressed, s.lines[:0]); err != nil {
		return nil, fmt.Errorf("reading from the scratch folder: %w", err)
	}
	data := append(make([]byte, 0, len(s.lines)+16), `{"servers":[`...)
	number := p.first
	for line := range bytes.Lines(s.lines) {
		if _, void := s.void[number]; !void {
			data = append(append(data, bytes.TrimSuffix(line, []byte{'\n'})...), ',')
		}
		number++
	}
	return append(bytes.TrimSuffix(data, []byte{','}), `]}`...), nil
}

// Close implements [io.Closer].
func (s *spool) Close() error {
	s.decoder.Close()
	return s.file.Close()
}
