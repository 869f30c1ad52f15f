package api

import (
	"context"
	"errors"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// maxCrawls is how often a registry is read from the beginning because it
// became another one meanwhile.
const maxCrawls = 3

// errNoChanges says that a registry does not list its changes alone.
var errNoChanges = errors.New("the registry does not honour updated_since")

// full reads everything.
func (r *reading) full(ctx context.Context) (content source.Content, err error) {
	for range maxCrawls {
		if content, err = r.crawl(ctx); !errors.Is(err, errMoved) {
			break
		}
	}
	return content, err
}

func (r *reading) crawl(ctx context.Context) (source.Content, error) {
	m, err := newMirror(r.cfg.Dir)
	if err != nil {
		return source.Content{}, err
	}
	c, err := r.fill(ctx, m)
	if err != nil {
		_ = m.Close()
		return source.Content{}, err
	}
	return r.content(m, c, false)
}

// fill reads all pages, and then what changed behind its back.
func (r *reading) fill(ctx context.Context, m *mirror) (checkpoint, error) {
	r.client.left = r.cfg.MaxBytes
	before := r.client.pages
	first, err := r.client.list(ctx, question{}, func(p page) error { return putAll(m, p) })
	if err != nil {
		return checkpoint{}, err
	}
	since := r.safe(m.newest, first.date)
	trusted := first.snapshot != "" // its pages are of one moment, and it counts
	if !trusted && !since.IsZero() && r.client.pages-before > 1 {
		listed, err := r.catchUp(ctx, m, since)
		if err != nil {
			return checkpoint{}, err
		}
		trusted = listed && m.tombstone
	}
	c := checkpoint{digest: m.digest(), entries: len(m.index), snapshot: first.snapshot}
	if trusted && r.stored != nil && !since.IsZero() {
		c.since, c.full = since, r.began
	}
	return c, nil
}

// catchUp reads what changed during a crawl. It reports whether the registry
// lists changes at all.
func (r *reading) catchUp(ctx context.Context, m *mirror, since time.Time) (bool, error) {
	_, err := r.client.list(ctx, question{since: since}, func(p page) error {
		if !onlyChanges(p, since) {
			return errNoChanges
		}
		return putAll(m, p)
	})
	if errors.Is(err, errNoChanges) || errors.Is(err, errQuery) {
		return false, nil
	}
	return true, err
}

func onlyChanges(p page, since time.Time) bool {
	for _, e := range p.entries {
		if !e.updated.After(since) {
			return false
		}
	}
	return true
}

func putAll(m *mirror, p page) error {
	for _, e := range p.entries {
		if err := m.put(e); err != nil {
			return err
		}
	}
	return nil
}
