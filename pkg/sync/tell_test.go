package sync

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// Changes of another registry are asked for with an overlap, so an entry that
// cannot be used is found again.
func TestRejectionsAreToldOnce(t *testing.T) {
	p := part{SourceResult: SourceResult{
		Data:     &registry.SourceState{Rejected: 3},
		Rejected: []registry.RejectedEntry{{Entry: "a"}, {Entry: "b"}, {Entry: "c"}},
	}}
	again := registry.Catalog{Rejected: []registry.Rejection{{Entry: "b", Reason: "still"}, {Entry: "d", Reason: "new"}}}
	p.tell(again, source.Content{Merged: true})
	require.Equal(t, 4, p.Data.Rejected)
	require.Equal(t, []registry.RejectedEntry{
		{Entry: "b", Reason: "still"}, {Entry: "d", Reason: "new"}, {Entry: "a"}, {Entry: "c"},
	}, p.Rejected)

	p.tell(again, source.Content{})
	require.Equal(t, 2, p.Data.Rejected, "all of it was read, so the others are gone")
}
