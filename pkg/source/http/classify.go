package http

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// maxRetryAfter bounds what a server may ask for.
const maxRetryAfter = 24 * time.Hour

// statusError is an answer that is not the file.
type statusError struct {
	status int
	after  time.Duration
}

func newStatusError(response *http.Response) error {
	return &statusError{response.StatusCode, retryAfter(response.Header.Get("Retry-After"))}
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the answer is %d %s", e.status, http.StatusText(e.status))
}

// retryAfter reads the header's form in seconds, which servers use; 0 if there is none.
func retryAfter(value string) time.Duration {
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
}

// classify turns any error of a fetch into one that says who has to act. The
// body of an answer is not shown: it is the server's, and nobody knows what is in it.
func (f *Fetcher) classify(ctx context.Context, err error) error {
	if broken, ok := errors.AsType[*url.Error](err); ok {
		err = broken.Err // it names the URL, query and all
	}
	located := fmt.Errorf("reading %s: %w", f.where(), err)
	var status *statusError
	var classified *fault.Error
	switch {
	case ctx.Err() != nil:
		return fault.NewRetry(source.ReasonUnavailable, fmt.Errorf("reading %s: %w", f.where(), ctx.Err()))
	case errors.As(err, &classified):
		return fault.NewTerminal(classified.Reason, located)
	case errors.Is(err, egress.ErrNotAllowed):
		return invalid("http.url: %w", err)
	case errors.As(err, &status) && (status.status == http.StatusUnauthorized || status.status == http.StatusForbidden):
		return fault.NewTerminal(source.ReasonAuthFailed, fmt.Errorf("%w: correct the Secret of http.secretRef, or name one", located))
	case errors.As(err, &status) && status.after > 0:
		return fault.NewWait(source.ReasonUnavailable, status.after, located)
	}
	return fault.NewRetry(source.ReasonUnavailable, located)
}
