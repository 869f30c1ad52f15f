package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	gosync "sync"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// part is what one source contributes.
type part struct {
	SourceResult

	source Source
	last   lastGood
	// fresh says that servers, those that pass the filters, were read in this sync
	// from an only source; what one of several gave is in its slot by then.
	fresh   bool
	servers []registry.Server
	// served is what is served, if it was read on the way.
	served *registry.Snapshot
	// broken is set when the storage failed, so that nothing can be decided.
	broken error
}

// gather looks at all sources at the same time, each with the whole time-out for
// itself, so that none waits for another.
func (s *Syncer) gather(ctx context.Context, req Request, now current) []part {
	parts := make([]part, len(req.Sources))
	var running gosync.WaitGroup
	for i, src := range req.Sources {
		running.Go(func() {
			parts[i] = part{source: src, SourceResult: SourceResult{Name: src.Name, Type: src.Type}}
			defer parts[i].survive()
			s.look(ctx, req, &parts[i], now)
		})
	}
	running.Wait()
	return parts
}

// survive makes a panic the failure of this one source. Whatever a source sends,
// it must not take the operator down, and with it all other registries.
func (p *part) survive() {
	if reason := recover(); reason != nil {
		p.Err = fault.NewRetry(source.ReasonUnavailable, fmt.Errorf("reading the source failed in a way that should be reported as a bug: %v", reason))
		p.fresh, p.servers = false, nil
	}
}

// look brings one source's data as far as its slot.
func (s *Syncer) look(ctx context.Context, req Request, p *part, now current) {
	if p.last, p.broken = s.lastGood(ctx, req, p.source, now); p.broken != nil {
		p.Err = p.broken
		return
	}
	p.Data, p.Rejected = p.last.state(p.source), p.last.rejected(p.source)
	content, err := s.fetch(ctx, req, p)
	if err != nil {
		p.Err = err
		return
	}
	defer func() { _ = content.Close() }()
	p.Fetched, p.Revision = true, content.Revision
	if content.Unchanged {
		p.Parsed, p.Unchanged = true, true
		return
	}
	release, err := s.Memory.acquire(ctx, size(content))
	if err != nil {
		p.Err = err
		return
	}
	defer release()
	p.Err = s.read(ctx, req, p, content)
}

// read parses, judges and keeps what was fetched.
func (s *Syncer) read(ctx context.Context, req Request, p *part, content source.Content) error {
	catalog, err := parse(p.source.Format, content)
	if err != nil {
		return err
	}
	if req.Strict && len(catalog.Rejected) > 0 {
		return rejectedHeld(catalog.Rejected)
	}
	p.Parsed = true
	passing := filtered(req, p.source, catalog.Servers)
	if err := s.judge(ctx, req, p, catalog, passing); err != nil {
		return err
	}
	p.tell(catalog, content)
	if p.Name == "" {
		p.fresh, p.servers = true, passing
		return nil
	}
	return s.keep(ctx, req, p, catalog.Servers)
}

// tell notes what the new data is. Of changes over what was stored, only new
// rejections are known; the earlier ones still hold.
func (p *part) tell(catalog registry.Catalog, content source.Content) {
	state := &registry.SourceState{
		Name: p.Name, Type: p.Type, Revision: string(content.Revision),
		Servers: len(catalog.Servers), Rejected: len(catalog.Rejected),
	}
	rejected := entries(p.Name, catalog.Rejected)
	if content.Merged && p.Data != nil {
		// What is read again, because changes are asked for with an overlap, is not
		// told twice.
		earlier := slices.DeleteFunc(slices.Clone(p.Rejected), func(e registry.RejectedEntry) bool {
			return slices.ContainsFunc(rejected, func(now registry.RejectedEntry) bool { return now.Entry == e.Entry })
		})
		state.Rejected += p.Data.Rejected - (len(p.Rejected) - len(earlier))
		rejected = append(rejected, earlier...)
		rejected = rejected[:min(len(rejected), registry.MaxRejectedEntries)]
	}
	p.Data, p.Rejected = state, rejected
}

// judge decides whether the catalogue, of which after passes the filters, may
// replace what the source had.
func (s *Syncer) judge(ctx context.Context, req Request, p *part, c registry.Catalog, after []registry.Server) error {
	before, err := s.before(ctx, req, p)
	if err != nil {
		return err
	}
	if len(after) == 0 {
		// An only source must have something; one of several may begin with nothing.
		if !req.Guard.AllowEmpty && (req.only() || len(before) > 0) {
			return emptyHeld(c)
		}
		return nil
	}
	loss := LossOf(before, after)
	if !p.last.baseline(p.source) || !loss.Exceeds(req.Guard.MaxRemovalPercent) {
		return nil
	}
	bare, err := registry.ComposeStated(c.Servers)
	if err != nil {
		return fault.NewTerminal(v1alpha1.ReasonInvalidData, err)
	}
	if bare.Summary().Digest == req.Guard.Accepted {
		return nil
	}
	return shrinkHeld(req.Owner, loss, req.Guard.MaxRemovalPercent, bare.Summary().Digest)
}

// before are the servers of the last good data that pass the present filters. An
// only source's is what is served, which is kept for what follows.
func (s *Syncer) before(ctx context.Context, req Request, p *part) ([]registry.Server, error) {
	if p.last.kind == none || p.last.kind == mixed {
		return nil, nil
	}
	snapshot, err := s.Storage.Load(ctx, p.last.owner)
	switch {
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, storage.ErrDamaged):
		return nil, nil // it was spoiled a moment ago; the new data repairs it
	case err != nil:
		return nil, storageError(err)
	}
	if req.only() {
		p.served = &snapshot
	}
	if req.Filter != nil || p.source.Filter != nil {
		stored, err := restore(snapshot)
		return filtered(req, p.source, stored), err
	}
	// Names are all that is asked for, and cost less.
	servers := make([]registry.Server, 0, snapshot.Servers)
	err = snapshot.Each(func(r registry.Parsed) error {
		servers = append(servers, registry.Server{Name: r.Name, Version: r.Version})
		return nil
	})
	return servers, err
}

// keep stores the catalogue as the source's last good data. Without times, so
// that the digest says what the source holds and nothing else.
func (s *Syncer) keep(ctx context.Context, req Request, p *part, servers []registry.Server) error {
	snapshot, err := registry.ComposeStated(servers)
	if err != nil {
		return fault.NewTerminal(v1alpha1.ReasonInvalidData, err)
	}
	within, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	owner := req.Owner.In(p.Name)
	manifest, err := s.Storage.Publish(within, owner, snapshot, storage.Origin{
		Inputs: storage.Inputs{SourceHash: p.source.Hash}, Revision: string(p.Revision),
		About: registry.About{Sources: []registry.SourceState{*p.Data}, Rejected: p.Rejected},
	}, nil)
	if err != nil {
		p.broken = storageError(err)
		return p.broken
	}
	p.last = lastGood{kind: slot, owner: owner, manifest: manifest}
	p.Data = p.last.state(p.source)
	return nil
}

// filtered are the servers that pass the source's filter and the registry's.
func filtered(req Request, src Source, servers []registry.Server) []registry.Server {
	return both{src.Filter, req.Filter}.apply(servers)
}

// both is a server's way through two filters; nil ones let everything through.
type both [2]*filter.Filter

func (b both) apply(servers []registry.Server) []registry.Server {
	for _, f := range b {
		if f != nil {
			servers = f.Apply(servers)
		}
	}
	return servers
}

// entries are the first of the rejected entries as they are kept for people.
func entries(source string, all []registry.Rejection) []registry.RejectedEntry {
	var first []registry.RejectedEntry
	for _, r := range all[:min(len(all), registry.MaxRejectedEntries)] {
		first = append(first, registry.RejectedEntry{Source: source, Entry: r.Entry, Reason: r.Reason})
	}
	return first
}

// maxRejectedShown is how many rejected entries an error names.
const maxRejectedShown = 10

// rejectedHeld is the failure of a source that is read strictly.
func rejectedHeld(all []registry.Rejection) error {
	var shown []string
	for _, r := range all[:min(len(all), maxRejectedShown)] {
		shown = append(shown, r.Entry+": "+r.Reason)
	}
	return fault.NewTerminal(v1alpha1.ReasonEntriesRejected, fmt.Errorf(
		"%d entries are not valid, and syncPolicy.strict is true: %s", len(all), strings.Join(shown, "; ")))
}
