package http

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// statusError is an answer that is not the file. The body is not part of it: it
// is the server's, and nobody knows what is in it.
type statusError struct {
	status int
	after  time.Duration // what the server asks to wait; 0 if it does not say
	from   string        // the host, if a redirect led to another one
}

func (f *Fetcher) newStatusError(response *http.Response) error {
	e := &statusError{status: response.StatusCode, after: source.RetryAfter(response.Header)}
	if last := response.Request.URL; last.Host != f.url.Host || last.Scheme != f.url.Scheme {
		e.from = last.Host
	}
	return e
}

func (e *statusError) Error() string {
	text := strings.TrimSpace(fmt.Sprintf("the answer is %d %s", e.status, http.StatusText(e.status)))
	if e.from != "" {
		text += fmt.Sprintf(" from %.80q after a redirect, where no credentials are sent", e.from)
	}
	return text
}

// classify turns any error of a fetch into one that says who has to act.
func (f *Fetcher) classify(ctx context.Context, err error) error {
	if broken, ok := errors.AsType[*url.Error](err); ok {
		err = broken.Err // it shows the URL with its query, and that of a redirect
	}
	located := fmt.Errorf("read %s: %w", f.where(), err)
	if ctx.Err() != nil {
		return fault.NewRetry(source.ReasonUnavailable, fmt.Errorf("read %s: %w", f.where(), ctx.Err()))
	}
	if status, ok := errors.AsType[*statusError](err); ok {
		return classifyStatus(status, located)
	}
	if classified, ok := errors.AsType[*fault.Error](err); ok {
		return fault.NewTerminal(classified.Reason, located)
	}
	if errors.Is(err, egress.ErrNotAllowed) {
		return invalid("http.url: %w", located)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		located = fmt.Errorf("%w: if it is a private one, put its certificate as ca.crt into the Secret of http.secretRef", located)
	}
	return fault.NewRetry(source.ReasonUnavailable, located)
}

func classifyStatus(e *statusError, located error) error {
	switch {
	case e.status == http.StatusUnauthorized, e.status == http.StatusForbidden && e.after == 0:
		// With a time to wait, 403 is how some hosts say that there were too many requests.
		return fault.NewTerminal(source.ReasonAuthFailed,
			fmt.Errorf("%w: correct the Secret that http.secretRef names, or name one if there is none", located))
	case e.after > 0:
		return fault.NewWait(source.ReasonUnavailable, e.after, located)
	case e.status == http.StatusNotFound:
		// Not terminal: it is also the answer while something is put in place.
		return fault.NewRetry(source.ReasonUnavailable, fmt.Errorf("%w: correct http.url, or wait for the file to come back", located))
	case e.status == http.StatusGone:
		return invalid("%w: the server says that it will not come back; correct http.url", located)
	case passing(e.status):
		return fault.NewRetry(source.ReasonUnavailable, located)
	case e.status >= http.StatusBadRequest && e.status < http.StatusInternalServerError:
		return invalid("%w: the server refuses the request; correct http.url", located)
	}
	return fault.NewRetry(source.ReasonUnavailable, located)
}

// passing are those of the 4xx that the same request may not get later.
func passing(status int) bool {
	switch status {
	case http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusConflict, http.StatusMisdirectedRequest,
		http.StatusLocked, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return false
}
