package main

import (
	"bufio"
	"context"
	"errors"
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

// revision is what the source is always at.
const revision = "r1"

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
type inPages struct {
	onDisk
	file *os.File
}

func (p *inPages) Fetch(_ context.Context, known source.Revision) (source.Content, error) {
	if known == revision {
		return source.Content{Revision: revision, Unchanged: true}, nil
	}
	content := source.Content{Revision: revision, Spool: p.file}
	at := int64(0)
	for lines := bufio.NewReader(p.file); ; {
		n := int64(0)
		for more := true; more; {
			part, err := lines.ReadSlice('\n')
			if n += int64(len(part)); errors.Is(err, io.EOF) {
				p.read = time.Now()
				return content, nil
			}
			more = err != nil // the line is longer than the buffer
		}
		from := at
		content.Files = append(content.Files, source.File{Size: n, Load: func() ([]byte, error) {
			data := make([]byte, n)
			_, err := p.file.ReadAt(data, from)
			return data, err
		}})
		at += n
	}
}

// pieces is a storage that prepares what the ConfigMap backend would write.
type pieces struct {
	storage.Manager
	manifest storage.Manifest
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
	return registry.Snapshot{}, errors.New("an unchanged source needs nothing that is stored")
}

func (p *pieces) Publish(_ context.Context, owner storage.Owner, s registry.Content, origin storage.Origin, _ storage.Prepare) (storage.Manifest, error) {
	split, err := chunk.Split(s)
	if err != nil {
		return storage.Manifest{}, err
	}
	for _, piece := range split {
		p.size += len(piece)
	}
	summary := s.Summary()
	p.manifest = storage.Manifest{
		Digest: summary.Digest, Servers: summary.Servers, Size: summary.Size, Origin: origin,
		Chunks: chunk.Describe(owner.Name, summary.Digest, split),
	}
	return p.manifest, nil
}

// from opens the file as the kind of source that is wanted.
func from(kind, path string) (source.Fetcher, *onDisk, error) {
	if kind == "sync" {
		d := &onDisk{path: path}
		return d, d, nil
	}
	file, err := os.Open(path)
	p := &inPages{file: file}
	return p, &p.onDisk, err
}

func sync(kind string, f format.Format, file string) (Report, error) {
	keep, err := filter.New(filter.Spec{Names: filter.Patterns{Include: []string{"*"}, Exclude: []string{"*-77"}}})
	if err != nil {
		return Report{}, err
	}
	store := &pieces{}
	fetcher, disk, err := from(kind, file)
	if err != nil {
		return Report{}, err
	}
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
	started := time.Now()
	again, err := syncer.Sync(context.Background(), request)
	report.Again = time.Since(started).Seconds()
	if err == nil && !again.Unchanged {
		err = errors.New("the source was read again although it is unchanged")
	}
	return report, err
}
