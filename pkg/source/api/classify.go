package api

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

const (
	// maxAttempts is how often a page is asked for.
	maxAttempts = 6
	// maxPause bounds the pause between two attempts unless the server asks for more.
	maxPause = 30 * time.Second
	// maxRetryAfter bounds what a server may ask for.
	maxRetryAfter = 24 * time.Hour
)

var (
	// errNotFound: there is nothing at this URL.
	errNotFound = errors.New("there is no registry: the list of servers is answered with 404 Not Found")
	// errQuery: the registry does not understand the question.
	errQuery = errors.New("the registry refuses the question")
)

// passingError may be gone when the same page is asked for again.
type passingError struct {
	// after is what the server asks to wait; 0 if it does not say.
	after time.Duration
	err   error
}

func (e *passingError) Error() string { return e.err.Error() }
func (e *passingError) Unwrap() error { return e.err }

// pause is how long to wait after so many attempts. It is spread over half its
// length, so that those who failed together do not come back together.
func (e *passingError) pause(first time.Duration, attempts int) time.Duration {
	if e.after > 0 {
		return e.after
	}
	full := min(first<<(attempts-1), max(first, maxPause))
	return full/2 + rand.N(full/2+1) //nolint:gosec // it need not be hard to guess
}

// notRegistryError says that something else than a registry answers, or one that
// cannot be mirrored.
type notRegistryError struct {
	err error
	// hint is what to do.
	hint string
}

func (e *notRegistryError) Error() string { return e.err.Error() }
func (e *notRegistryError) Unwrap() error { return e.err }

// statusError makes an error of an answer that is not 200. The body is not
// shown: it is the server's, and nobody knows what is in it.
func statusError(response *http.Response, now time.Time) error {
	err := fmt.Errorf("the answer is %d %s", response.StatusCode, http.StatusText(response.StatusCode))
	after := retryAfter(response.Header.Get("Retry-After"), now)
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden && after == 0:
		return fault.NewTerminal(source.ReasonAuthFailed, err)
	case code == http.StatusNotFound:
		return errNotFound
	case code == http.StatusBadRequest, code == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %w", errQuery, err)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests,
		code >= http.StatusInternalServerError, after > 0:
		return &passingError{after: after, err: err}
	}
	return err
}

// retryAfter reads both forms of the header; 0 if there is none.
func retryAfter(value string, now time.Time) time.Duration {
	var d time.Duration
	if seconds, err := strconv.Atoi(value); err == nil {
		d = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// classify turns any error of a fetch into one that says who has to act.
func (c *client) classify(ctx context.Context, err error) error {
	where := c.host()
	if c.pages > 0 {
		where += fmt.Sprintf(", after %d pages with %d entries", c.pages, c.entries)
	}
	err = fmt.Errorf("reading the registry at %s: %w", where, err)
	var passing *passingError
	var other *notRegistryError
	var classified *fault.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.NewRetry(source.ReasonUnavailable, fmt.Errorf("%w (time is up: %w)", err, ctx.Err()))
	case ctx.Err() != nil:
		return fault.NewRetry(source.ReasonUnavailable, fmt.Errorf("%w (stopped: %w)", err, ctx.Err()))
	case errors.Is(err, egress.ErrNotAllowed):
		return invalid("api.endpoint: %w", err)
	case errors.As(err, &classified):
		if classified.Class == fault.Terminal {
			return fault.NewTerminal(classified.Reason, err)
		}
	case errors.As(err, &other):
		return fault.NewTerminal(format.ReasonInvalidData, fmt.Errorf("%w; %s", err, other.hint))
	case errors.As(err, &passing) && passing.after > 0:
		return fault.NewWait(source.ReasonUnavailable, passing.after, err)
	}
	return fault.NewRetry(source.ReasonUnavailable, err)
}
