package api

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// changes reads what is new since the last look and puts it over what is stored.
// It gives up with [errFull] where that would not be certain to be right.
func (r *reading) changes(ctx context.Context, last checkpoint) (source.Content, error) {
	m, err := newMirror(r.cfg.Dir)
	if err != nil {
		return source.Content{}, err
	}
	content, err := r.update(ctx, m, last)
	if err != nil || content.Unchanged {
		_ = m.Close()
	}
	return content, err
}

func (r *reading) update(ctx context.Context, m *mirror, last checkpoint) (source.Content, error) {
	before := r.client.pages
	first, latest, err := r.since(ctx, m, last)
	if err != nil {
		return source.Content{}, err
	}
	merged, err := m.putUnder(r.stored(ctx, r.known), latest)
	if err != nil {
		return source.Content{}, err
	}
	// A registry of ours that drops an entry shows no change, but the numbers differ.
	if own := r.client.own; first.snapshot != "" && (own.snapshot != first.snapshot || own.entries != merged.entries) {
		return source.Content{}, errFull
	}
	if !merged.differs && first.snapshot == last.snapshot && r.client.pages-before <= 1 {
		// More than a page of changes that are none would be read again each time.
		return source.Content{Revision: r.known, Unchanged: true}, nil
	}
	next := checkpoint{
		digest: digestOf([]byte(last.digest + m.digest())), entries: merged.entries,
		since: last.since, full: last.full, snapshot: first.snapshot,
	}
	if since := r.safe(m.newest, first.date); since.After(next.since) {
		next.since = since
	}
	return r.content(m, next, true)
}

// since reads the changes, and the names whose latest version is among them.
func (r *reading) since(ctx context.Context, m *mirror, last checkpoint) (page, map[string]struct{}, error) {
	latest := map[string]struct{}{}
	first, err := r.client.list(ctx, question{since: last.since}, func(p page) error {
		if !onlyChanges(p, last.since) {
			return errNoChanges
		}
		return putCanonical(m, p, latest)
	})
	switch {
	case errors.Is(err, errNoChanges), errors.Is(err, errQuery), errors.Is(err, errMoved):
		return page{}, nil, errFull
	case err == nil && (first.snapshot == "") != (last.snapshot == ""):
		return page{}, nil, errFull // another kind of registry answers now
	}
	return first, latest, err
}

// putCanonical puts entries in the form in which they are stored, so that they
// can be compared, and notes the names whose latest version is among them.
func putCanonical(m *mirror, p page, latest map[string]struct{}) error {
	for _, e := range p.entries {
		if canonical, err := registry.Canonical(e.server); err == nil {
			e.server = canonical
		}
		if e.latest && e.status != registry.StatusDeleted {
			latest[e.Name] = struct{}{}
		}
		if err := m.put(e); err != nil {
			return err
		}
	}
	return nil
}

// merging is what came of putting changes over what is stored.
type merging struct {
	// entries there are now.
	entries int
	// differs is true when a change was one.
	differs bool
}

// putUnder adds the stored records that no change in the mirror replaces. What
// was the latest version is not any more where a change says that it is.
func (m *mirror) putUnder(stored iter.Seq2[registry.Parsed, error], latest map[string]struct{}) (merging, error) {
	changed := len(m.index)
	var result merging
	var replaced, records int
	for p, err := range stored {
		if err != nil {
			return merging{}, fmt.Errorf("%w: %w: %w", errFull, errStored, err)
		}
		records++
		if change, found := m.has(p.ID); found {
			replaced++
			result.differs = result.differs || change.content != contentOf(p)
			continue
		}
		line := p.Line
		if _, found := latest[p.Name]; found && p.Official.IsLatest {
			line = superseded(p)
		}
		if _, err := m.add(line); err != nil {
			return merging{}, err
		}
	}
	if records == 0 {
		return merging{}, fmt.Errorf("%w: %w", errFull, errStored)
	}
	result.entries = records - replaced + changed
	result.differs = result.differs || replaced < changed
	return result, nil
}

func contentOf(p registry.Parsed) sum {
	return entry{
		server: p.Server, foreign: p.Foreign, status: p.Official.Status, message: p.Official.StatusMessage, latest: p.Official.IsLatest,
	}.content()
}

// superseded is the line of a record that is the latest of its name no more.
func superseded(p registry.Parsed) []byte {
	p.Official.IsLatest = false
	line, err := p.Rewritten()
	if err != nil { // what was read can be written
		return p.Line
	}
	return line
}
