package source

import (
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter bounds what a server may ask for.
const maxRetryAfter = 24 * time.Hour

// RetryAfter is how long the server of an answer asks to be left alone, at most a
// day; 0 if it does not say. Both forms of the header are read. A date is compared
// with the server's own clock, which may not be ours.
func RetryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	var pause time.Duration
	if seconds, err := strconv.Atoi(value); err == nil {
		pause = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		now, err := http.ParseTime(header.Get("Date"))
		if err != nil {
			return 0
		}
		pause = at.Sub(now)
	}
	return min(max(pause, 0), maxRetryAfter)
}
