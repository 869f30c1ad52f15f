package sync

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// Memory limits how much source data is parsed, merged and stored at a time, in
// bytes of that data. Each step takes a few times its data in memory. Whoever
// waits holds nothing, so that nobody waits for ever, and they are served in the
// order in which they came. What is waited is not counted as a source's time.
type Memory struct {
	free  *semaphore.Weighted
	bytes int64
}

// NewMemory returns a limit of so many bytes of source data.
func NewMemory(bytes int64) *Memory {
	return &Memory{free: semaphore.NewWeighted(bytes), bytes: bytes}
}

// acquire waits until bytes of data may be worked on. What exceeds the whole
// limit is worked on alone.
func (m *Memory) acquire(ctx context.Context, bytes int64) (release func(), err error) {
	if m == nil {
		return func() {}, nil
	}
	weight := min(bytes, m.bytes)
	if err := m.free.Acquire(ctx, weight); err != nil {
		return nil, fmt.Errorf("waiting for memory: %w", err)
	}
	return func() { m.free.Release(weight) }, nil
}
