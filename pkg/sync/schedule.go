package sync

import (
	"hash/fnv"
	"time"
)

const (
	// firstRetry is the pause after the first failure.
	firstRetry = 5 * time.Minute
	// firstStoring is the same where it was not the source that failed, but the
	// Kubernetes API: a conflict or a time-out there is over in a moment.
	firstStoring = 5 * time.Second
	// maxRetry bounds the pause; a shorter interval bounds it further.
	maxRetry = time.Hour
	// jitterShare is how far a pause may be off, in either direction.
	jitterShare = 0.10
)

// Backoff is the pause after so many failures in a row: first, doubling, at most
// 1h or the interval where that is shorter, ±10 %.
func Backoff(first time.Duration, failures int, interval time.Duration, seed string) time.Duration {
	limit := maxRetry
	if interval > 0 && interval < limit {
		limit = interval
	}
	pause := first
	for i := 1; i < failures && pause < limit; i++ {
		pause *= 2
	}
	return jitter(min(pause, limit), seed)
}

// jitter moves d by up to ±10 %. The same seed gives the same answer, so that
// the time of the next sync can be computed again and never wanders.
func jitter(d time.Duration, seed string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(seed))
	share := float64(h.Sum32())/float64(1<<32)*2 - 1
	return d + time.Duration(float64(d)*jitterShare*share)
}

// jitterSeed differs between registries and between attempts of one registry.
func jitterSeed(o Observed) string {
	return o.Seed + o.LastAttempt.UTC().Format(time.RFC3339)
}
