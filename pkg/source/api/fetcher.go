package api

import (
	"context"
	"errors"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// errFull says that the registry cannot be read by its changes now.
var errFull = errors.New("a full crawl is needed")

// errStored says that what is stored cannot be used.
var errStored = errors.New("nothing is stored that could be updated")

// Fetcher implements [source.Fetcher] for one [Config].
type Fetcher struct {
	cfg      Config
	endpoint endpoint
}

// New returns a fetcher, or a terminal error if cfg names something that can
// never be fetched. It makes no request.
func New(cfg Config) (*Fetcher, error) {
	cfg = cfg.defaults()
	e, err := cfg.parseEndpoint()
	if err != nil {
		return nil, err
	}
	return &Fetcher{cfg: cfg, endpoint: e}, nil
}

// Fetch implements [source.Fetcher]. The content is one registry in the upstream
// format, in files that load; the caller closes it.
func (f *Fetcher) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	return f.Update(ctx, known, nil)
}

// Update implements [source.Updater].
func (f *Fetcher) Update(ctx context.Context, known source.Revision, stored source.Stored) (source.Content, error) {
	r := reading{
		cfg: f.cfg, client: newClient(f.cfg, f.endpoint), began: f.cfg.Clock.Now(), known: known, stored: stored,
	}
	content, err := r.read(ctx)
	if err != nil {
		return source.Content{}, r.client.classify(ctx, err)
	}
	return content, nil
}

// reading is one fetch.
type reading struct {
	cfg    Config
	client *client
	// began is before the first request.
	began time.Time
	known source.Revision
	// stored is nil if everything has to be read each time.
	stored source.Stored
}

// read takes the cheapest way that is certain.
func (r *reading) read(ctx context.Context) (source.Content, error) {
	last, ok := parseCheckpoint(r.known)
	if ok && last.snapshot != "" { // a registry of ours, which names what it serves
		p, err := r.client.begin(ctx, question{limit: 1}.values(false))
		if err != nil {
			return source.Content{}, err
		}
		if p.snapshot == last.snapshot {
			return source.Content{Revision: r.known, Unchanged: true}, nil
		}
	}
	if ok && r.byChanges(last) {
		content, err := r.changes(ctx, last)
		if !errors.Is(err, errFull) {
			return content, err
		}
		if errors.Is(err, errStored) {
			r.known = "" // it is not known any more, so it cannot be unchanged
		}
	}
	return r.full(ctx)
}

// byChanges reports whether changes are enough.
func (r *reading) byChanges(last checkpoint) bool {
	age := r.began.Sub(last.full)
	return r.stored != nil && !last.since.IsZero() && age >= 0 && age < r.cfg.FullEvery
}

// content hands out what is in the mirror, unless it is known.
func (r *reading) content(m *mirror, c checkpoint, merged bool) (source.Content, error) {
	revision := c.revision()
	if revision == r.known {
		return source.Content{Revision: revision, Unchanged: true}, m.Close()
	}
	files, err := m.files()
	if err != nil {
		_ = m.Close()
		return source.Content{}, err
	}
	return source.Content{Revision: revision, Files: files, Merged: merged, Spool: m.spool}, nil
}

// safe is the time after which changes have to be asked for: that of the newest
// entry, but not of the last minutes before the look began, in which entries
// may have been on their way. A clock that is wrong does no harm as long as the
// server's or ours is right.
func (r *reading) safe(newest, date time.Time) time.Time {
	if newest.IsZero() {
		return time.Time{}
	}
	border := r.began
	if !date.IsZero() && date.Before(border) {
		border = date
	}
	border = border.Add(-r.cfg.Overlap)
	if newest.Before(border) {
		return newest
	}
	return border
}
