package sourcetest

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// Limit is the MaxBytes that a harness gives to its fetcher.
const Limit = 4096

// Harness controls the origin that the fetcher under test reads from.
type Harness interface {
	// Fetcher returns a fetcher bounded by [Limit].
	Fetcher() source.Fetcher
	// Put makes data the content of the source.
	Put(data []byte)
	// Remove makes the whole source unavailable, as when its host is down or
	// its object deleted. A later Put brings it back.
	Remove()
}

// Run checks the fetcher of a fresh harness against each rule of the contract.
func Run(t *testing.T, fresh func(t *testing.T) Harness) {
	t.Helper()
	rules := []struct {
		name string
		test func(t *testing.T, h Harness)
	}{
		{"first fetch reads", firstFetchReads},
		{"known revision is unchanged", knownIsUnchanged},
		{"empty known always reads", emptyKnownReads},
		{"unknown revision reads", unknownRevisionReads},
		{"change gives a new revision", changeIsSeen},
		{"pitfall 1: gone and back", goneAndBack},
		{"at the limit", atTheLimit},
		{"too large", tooLarge},
		{"cancelled", cancelled},
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) { rule.test(t, fresh(t)) })
	}
}

func firstFetchReads(t *testing.T, h Harness) {
	h.Put([]byte("one"))
	content := mustFetch(t, h.Fetcher(), "")
	require.Equal(t, "one", string(content.Data()))
	require.NotEmpty(t, content.Revision, "without one the next look cannot be cheap")
	require.False(t, content.Unchanged)
}

func knownIsUnchanged(t *testing.T, h Harness) {
	h.Put([]byte("one"))
	first := mustFetch(t, h.Fetcher(), "")
	again := mustFetch(t, h.Fetcher(), first.Revision)
	require.True(t, again.Unchanged)
	require.Equal(t, first.Revision, again.Revision)
	require.Nil(t, again.Data())
}

func emptyKnownReads(t *testing.T, h Harness) {
	h.Put([]byte("one"))
	fetcher := h.Fetcher()
	for range 2 {
		content := mustFetch(t, fetcher, "")
		require.False(t, content.Unchanged, "a manual trigger always reads")
		require.Equal(t, "one", string(content.Data()))
	}
}

func unknownRevisionReads(t *testing.T, h Harness) {
	h.Put([]byte("one"))
	content := mustFetch(t, h.Fetcher(), "no-such-revision")
	require.False(t, content.Unchanged)
	require.Equal(t, "one", string(content.Data()))
}

func changeIsSeen(t *testing.T, h Harness) {
	h.Put([]byte("one"))
	fetcher := h.Fetcher()
	first := mustFetch(t, fetcher, "")
	h.Put([]byte("two"))
	second := mustFetch(t, fetcher, first.Revision)
	require.False(t, second.Unchanged)
	require.NotEqual(t, first.Revision, second.Revision)
	require.Equal(t, "two", string(second.Data()))
}

func goneAndBack(t *testing.T, h Harness) {
	h.Put([]byte("one"))
	fetcher := h.Fetcher()
	first := mustFetch(t, fetcher, "")

	h.Remove()
	_, err := fetcher.Fetch(t.Context(), "")
	require.Error(t, err)
	require.Equal(t, fault.Retry, fault.ClassOf(err), "an absence may end by itself: %v", err)
	require.Equal(t, source.ReasonUnavailable, fault.ReasonOf(err, ""))

	h.Put([]byte("one"))
	back := mustFetch(t, fetcher, first.Revision)
	require.True(t, back.Unchanged || string(back.Data()) == "one")
	require.Equal(t, "one", string(mustFetch(t, fetcher, "").Data()))
}

func atTheLimit(t *testing.T, h Harness) {
	full := bytes.Repeat([]byte("x"), Limit)
	h.Put(full)
	require.Equal(t, full, mustFetch(t, h.Fetcher(), "").Data(), "the limit itself is still allowed")
}

func tooLarge(t *testing.T, h Harness) {
	h.Put(bytes.Repeat([]byte("x"), Limit+1))
	content, err := h.Fetcher().Fetch(t.Context(), "")
	require.Error(t, err)
	require.Equal(t, source.ReasonTooLarge, fault.ReasonOf(err, ""), err)
	require.Equal(t, fault.Terminal, fault.ClassOf(err))
	require.Nil(t, content.Data(), "a cut file must never be taken for a whole one")
}

func cancelled(t *testing.T, h Harness) {
	h.Put([]byte("one"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Fetcher().Fetch(ctx, "")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, fault.Retry, fault.ClassOf(err), "a shutdown says nothing about the source")
}

func mustFetch(t *testing.T, fetcher source.Fetcher, known source.Revision) source.Content {
	t.Helper()
	content, err := fetcher.Fetch(t.Context(), known)
	require.NoError(t, err)
	return content
}
