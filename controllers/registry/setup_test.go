package registry

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// After an outage of the Kubernetes API, however long, registries are looked at soon.
func TestPauses(t *testing.T) {
	limiter, r := pauses(), request("ns", "team")
	require.Less(t, limiter.When(r), time.Second)
	for range 100 {
		require.LessOrEqual(t, limiter.When(r), time.Minute)
	}
	require.Equal(t, time.Minute, limiter.When(r))
	limiter.Forget(r)
	require.Less(t, limiter.When(r), time.Second)
}

// Pitfall 9: no registry stands behind others for good.
func TestNoPriorities(t *testing.T) {
	require.False(t, *working(4).UsePriorityQueue)
}
