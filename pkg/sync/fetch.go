package sync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// maxWait is for how long a source may ask to be left alone.
const maxWait = 24 * time.Hour

// fetch asks the source, unless it has asked to be left alone for a while.
func (s *Syncer) fetch(ctx context.Context, req Request, p *part) (source.Content, error) {
	now := s.Clock.Now()
	if pause := p.source.NotBefore.Sub(now); pause > 0 && !req.Refetch {
		p.NotBefore = p.source.NotBefore
		return source.Content{}, fault.NewWait(source.ReasonUnavailable, pause, fmt.Errorf(
			"the source asked to be left alone until %s", p.NotBefore.UTC().Format(time.RFC3339)))
	}
	within, cancel := context.WithTimeout(ctx, req.Timeout)
	defer cancel()
	content, err := s.ask(within, req, p)
	switch {
	case err == nil:
	case errors.Is(within.Err(), context.DeadlineExceeded):
		err = fault.NewRetry(source.ReasonUnavailable, fmt.Errorf(
			"the source did not answer within syncPolicy.timeout: %w", err))
	case fault.ClassOf(err) == fault.Wait:
		p.NotBefore = now.Add(min(fault.After(err), maxWait)).Truncate(time.Second)
	}
	return content, err
}

// ask reads the source. One that can be read by its changes is given what is
// stored of it, which must not have gone through a filter.
func (s *Syncer) ask(ctx context.Context, req Request, p *part) (source.Content, error) {
	known := p.last.known(req, p.source)
	updater, ok := p.source.Fetcher.(source.Updater)
	whole := p.last.kind == slot || req.only() && req.Filter == nil
	if !ok || !whole {
		return p.source.Fetcher.Fetch(ctx, known)
	}
	return updater.Update(ctx, known, s.stored(p.last))
}

// stored are the records of the last good data, if they are of the wanted revision.
func (s *Syncer) stored(last lastGood) source.Stored {
	return func(ctx context.Context, at source.Revision) iter.Seq2[registry.Parsed, error] {
		var snapshot registry.Snapshot
		err := fmt.Errorf("revision %q is stored, not %q", last.manifest.Revision, at)
		if last.manifest.Revision == string(at) {
			snapshot, err = s.Storage.Load(ctx, last.owner)
		}
		if err != nil {
			return func(yield func(registry.Parsed, error) bool) { yield(registry.Parsed{}, err) }
		}
		return snapshot.Records()
	}
}

// parse reads the files of a source one after the other.
func parse(f format.Format, content source.Content) (registry.Catalog, error) {
	var unread error
	read := format.ParseFiles
	if content.Independent {
		read = format.ParseEach
	}
	catalog, err := read(f, func(yield func(string, []byte) bool) {
		for _, file := range content.Files {
			data, err := file.Bytes()
			if err != nil {
				unread = fault.NewRetry(source.ReasonUnavailable, err)
				return
			}
			if !yield(file.Name, data) {
				return
			}
		}
	})
	if unread != nil {
		return registry.Catalog{}, unread
	}
	if err != nil {
		return registry.Catalog{}, fmt.Errorf("reading the source as %s: %w", f, err)
	}
	catalog.Rejected = append(catalog.Rejected, content.Skipped...)
	return catalog, nil
}

// size is about how many bytes there are to parse.
func size(c source.Content) int64 {
	total := int64(0)
	for _, f := range c.Files {
		total += max(f.Size, int64(len(f.Data)))
	}
	return total
}
