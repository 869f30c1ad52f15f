package cluster

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	readyLimit = 90 * time.Second
	readyPoll  = 100 * time.Millisecond
	tailLines  = 25
)

// wait polls until the part is ready. It gives up as soon as any process has
// ended, since the others would only wait for it.
func (u *upper) wait(ctx context.Context, part string, ready func(context.Context) (bool, error)) error {
	limited, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	var last error
	for {
		ok, err := ready(limited)
		if err == nil && ok {
			fmt.Fprintf(u.out, "%6.1f s  %s ready\n", time.Since(u.began).Seconds(), part)
			return nil
		}
		if err != nil {
			last = err
		}
		if dead, found := u.dead(); found {
			return fmt.Errorf("%s has ended; the end of its log %q:\n%s", dead.Name, dead.LogFile, dead.Tail(tailLines))
		}
		select {
		case <-limited.Done():
			if ctx.Err() != nil {
				return fmt.Errorf("interrupted while waiting for %s", part)
			}
			return u.timedOut(part, last)
		case <-time.After(readyPoll):
		}
	}
}

func (u *upper) timedOut(part string, last error) error {
	var logs strings.Builder
	for _, p := range u.Processes {
		fmt.Fprintf(&logs, "\n--- %s\n%s", p.LogFile, p.Tail(tailLines/5))
	}
	return fmt.Errorf("%s is not ready after %s (last error: %v); the ends of the logs:%s", part, readyLimit, last, logs.String())
}
