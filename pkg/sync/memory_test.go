package sync

import (
	"context"
	gosync "sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemory(t *testing.T) {
	m := NewMemory(100)
	var held, most atomic.Int64
	var running gosync.WaitGroup
	for i := range 200 {
		running.Go(func() {
			bytes := int64(i%7) * 40 // up to 240, which is more than there is
			release, err := m.acquire(t.Context(), bytes)
			if err != nil {
				t.Error(err)
				return
			}
			now := held.Add(min(bytes, 100))
			for before := most.Load(); now > before && !most.CompareAndSwap(before, now); before = most.Load() {
			}
			held.Add(-min(bytes, 100))
			release()
		})
	}
	running.Wait()
	require.LessOrEqual(t, most.Load(), int64(100))
}

func TestMemoryWhileStopping(t *testing.T) {
	m := NewMemory(100)
	release, err := m.acquire(t.Context(), 100)
	require.NoError(t, err)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = m.acquire(ctx, 1)
	require.ErrorIs(t, err, context.Canceled, "who waits is not kept from stopping")
}
