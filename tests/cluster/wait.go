package cluster

import (
	"context"
	"testing"
	"time"
)

// Patience is how long a test waits for what should take seconds. It is long
// because test machines are small and shared; tests never assert how long
// something took, they print it.
const Patience = 4 * time.Minute

const pollEvery = 50 * time.Millisecond

// Eventually polls check until it returns nil and returns the time that took.
// The last error ends the test when patience does.
func Eventually(t testing.TB, what string, check func(ctx context.Context) error) time.Duration {
	t.Helper()
	return Within(t, Patience, what, check)
}

// Within is [Eventually] with another patience.
func Within(t testing.TB, patience time.Duration, what string, check func(ctx context.Context) error) time.Duration {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return time.Since(began)
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within %s: %v", what, patience, err)
		case <-time.After(pollEvery):
		}
	}
}
