package api

import (
	"context"
	"iter"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// Previous gives the records that were stored of a registry when it was at a
// revision, in any order: all of them or an error. An error costs a full crawl
// and nothing else.
type Previous func(ctx context.Context, at source.Revision) iter.Seq2[registry.Parsed, error]

// Records are those of a snapshot, for a [Previous].
func Records(s registry.Snapshot) iter.Seq2[registry.Parsed, error] {
	return func(yield func(registry.Parsed, error) bool) {
		err := s.Each(func(p registry.Parsed) error {
			if !yield(p, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && err != errEnough { //nolint:errorlint // it is returned as it is
			yield(registry.Parsed{}, err)
		}
	}
}
