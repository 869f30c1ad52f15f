package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"k8s.io/utils/clock"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
	syncing "github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// revision is what the source is at.
var revision source.Revision = "r1"

// onDisk is a source that is one file. What was fetched belongs to the sync.
type onDisk struct {
	path string
	read time.Time
}

func (d *onDisk) Fetch(_ context.Context, known source.Revision) (source.Content, error) {
	if known == revision {
		return source.Content{Revision: revision, Unchanged: true}, nil
	}
	data, err := os.ReadFile(d.path)
	d.read = time.Now()
	return source.OneFile(revision, data), err
}

// inPages is a source that is read page by page, each a line of a file.
type inPages struct{ onDisk }

func (p *inPages) Fetch(_ context.Context, known source.Revision) (source.Content, error) {
	if known == revision {
		return source.Content{Revision: revision, Unchanged: true}, nil
	}
	file, err := os.Open(p.path)
	if err != nil {
		return source.Content{}, err
	}
	content := source.Content{Revision: revision, Spool: file}
	at := int64(0)
	for lines := bufio.NewReaderSize(file, 8<<20); ; {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			p.read = time.Now()
			return content, nil
		}
		if err != nil {
			return source.Content{}, err
		}
		n := int64(len(line))
		from := at
		content.Files = append(content.Files, source.File{Size: n, Load: func() ([]byte, error) {
			data := make([]byte, n)
			_, err := file.ReadAt(data, from)
			return data, err
		}})
		at += n
	}
}

// pieces is a storage that prepares what the ConfigMap backend would write.
type pieces struct {
	storage.Manager
	manifest storage.Manifest
	kept     [][]byte
	size     int
}

func (p *pieces) Stat(context.Context, storage.Owner) (storage.Manifest, error) {
	if p.manifest.Digest == "" {
		return storage.Manifest{}, storage.ErrNotFound
	}
	return p.manifest, nil
}

func (p *pieces) Load(context.Context, storage.Owner) (registry.Snapshot, error) {
	if p.manifest.Digest == "" {
		return registry.Snapshot{}, storage.ErrNotFound
	}
	rest := p.kept
	return chunk.Join(p.manifest, func(storage.Chunk) ([]byte, error) {
		piece := rest[0]
		rest = rest[1:]
		return piece, nil
	})
}

func (p *pieces) Publish(_ context.Context, owner storage.Owner, s registry.Content, origin storage.Origin, _ storage.Prepare) (storage.Manifest, error) {
	summary := s.Summary()
	if summary.Digest == p.manifest.Digest {
		return p.manifest, nil
	}
	split, err := chunk.Split(s)
	if err != nil {
		return storage.Manifest{}, err
	}
	p.kept = split
	for _, piece := range split {
		p.size += len(piece)
	}
	p.manifest = storage.Manifest{
		Digest: summary.Digest, Servers: summary.Servers, Size: summary.Size, Origin: origin,
		Chunks: chunk.Describe(owner.Name, summary.Digest, split),
	}
	return p.manifest, nil
}

// from opens the file as the kind of source that is wanted.
func from(kind, path string) (source.Fetcher, *onDisk) {
	if kind == "sync" {
		d := &onDisk{path: path}
		return d, d
	}
	p := &inPages{onDisk{path: path}}
	return p, &p.onDisk
}

func sync(kind string, f format.Format, file string) (Report, error) {
	keep, err := filter.New(filter.Spec{Names: filter.Patterns{Include: []string{"*"}, Exclude: []string{"*-77"}}})
	if err != nil {
		return Report{}, err
	}
	store := &pieces{}
	fetcher, disk := from(kind, file)
	syncer := syncing.Syncer{Storage: store, Clock: clock.RealClock{}, Memory: syncing.NewMemory(1 << 30)}
	request := syncing.Request{
		Owner:   storage.Owner{Namespace: "bench", Name: "bench"},
		Sources: []syncing.Source{{Type: "git", Hash: "s", Fetcher: fetcher, Format: f}},
		Filter:  keep, Inputs: storage.Inputs{SourceHash: "s", FilterHash: "f"},
		Timeout: time.Hour, Guard: syncing.Guard{MaxRemovalPercent: 50},
	}
	result, err := syncer.Sync(context.Background(), request)
	if err != nil {
		return Report{}, err
	}
	report := Report{
		Seconds: time.Since(disk.read).Seconds(), Stored: store.size,
		Servers: result.Stored.Servers, Rejected: result.Sources[0].Data.Rejected,
	}
	report.CPU = cpu()
	if report.Peak, err = peak(); err != nil {
		return Report{}, err
	}
	started := time.Now()
	again, err := syncer.Sync(context.Background(), request)
	report.Again = time.Since(started).Seconds()
	if err != nil || !again.Unchanged {
		return Report{}, fmt.Errorf("the unchanged source was read again, or could not be: %w", err)
	}
	revision = "r2"
	again, err = syncer.Sync(context.Background(), request)
	report.Changed = time.Since(disk.read).Seconds()
	if err != nil || again.Changes.Any() {
		return Report{}, fmt.Errorf("the source is what it was, but that was not seen: %w", err)
	}
	report.PeakChanged, err = peak()
	return report, err
}
