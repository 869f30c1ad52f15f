package oci

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

const (
	// maxShown bounds the reference in messages, which have to leave room for the reason.
	maxShown = 120
	// maxReason bounds what an error of another library says.
	maxReason = 200
)

// where is the reference, for messages.
func (f *Fetcher) where() string {
	if len(f.cfg.Reference) > maxShown {
		return f.cfg.Reference[:maxShown] + "…"
	}
	return f.cfg.Reference
}

// classify turns any error of a fetch into one that says who has to act. What the
// server wrote is kept out of messages.
func (f *Fetcher) classify(ctx context.Context, err error) error {
	var classified *fault.Error
	var status *statusError
	switch {
	case ctx.Err() != nil:
		return f.retry(ctx.Err())
	case errors.As(err, &classified):
		return fault.NewTerminal(classified.Reason, fmt.Errorf("read %s: %w", f.where(), err))
	case errors.As(err, &status):
		return f.classifyStatus(status)
	case errors.Is(err, egress.ErrNotAllowed), strings.Contains(err.Error(), "bearer realm "): // the latter only known by its text
		return invalid("oci.reference: read %s: %w", f.where(), plain(err))
	case errors.Is(err, auth.ErrBasicCredentialNotFound):
		return f.authFailed(errors.New("the registry wants a login"))
	case strings.Contains(err.Error(), "missing username or password"): // only known by its text
		return f.authFailed(errors.New("the registry wants a user name and a password, not a token"))
	case errors.Is(err, errdef.ErrNotFound):
		return f.notFound()
	}
	if answer, ok := errors.AsType[*errcode.ErrorResponse](err); ok {
		return f.classifyAnswer(answer)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return f.retry(fmt.Errorf("%w: if it is a private one, put its certificate as ca.crt into the Secret of oci.secretRef", plain(err)))
	}
	return f.retry(plain(err))
}

// classifyAnswer is for those answers that the registry's client has seen.
func (f *Fetcher) classifyAnswer(answer *errcode.ErrorResponse) error {
	seen := &statusError{status: answer.StatusCode, host: answer.URL.Host}
	switch {
	case answer.StatusCode == http.StatusUnauthorized:
		return f.authFailed(seen)
	case answer.StatusCode == http.StatusNotFound && answer.URL.Host == f.ref.Host():
		return f.notFound()
	}
	return f.retry(seen)
}

// notFound is not terminal: it is also the answer while something is pushed.
func (f *Fetcher) notFound() error {
	return f.retry(errors.New("404 Not Found: the registry has no such artifact, or not for this login; correct oci.reference, or push it"))
}

func (f *Fetcher) classifyStatus(e *statusError) error {
	switch {
	case e.status == http.StatusForbidden && e.after == 0:
		return f.authFailed(e)
	case e.after > 0:
		return fault.NewWait(source.ReasonUnavailable, e.after, fmt.Errorf("read %s: %w", f.where(), e))
	case e.status == http.StatusBadRequest, e.status == http.StatusMethodNotAllowed, e.status == http.StatusGone:
		return invalid("read %s: %w: the registry will not give it; correct oci.reference", f.where(), e)
	}
	return f.retry(e)
}

func (f *Fetcher) authFailed(err error) error {
	return fault.NewTerminal(source.ReasonAuthFailed, fmt.Errorf(
		"read %s: %w: correct the Secret that oci.secretRef names, or name one if there is none", f.where(), err))
}

func (f *Fetcher) retry(err error) error {
	return fault.NewRetry(source.ReasonUnavailable, fmt.Errorf("read %s: %w", f.where(), err))
}

// lacksHead says that a registry answers a GET better: it knows no HEAD, or no digest
// in its headers.
func lacksHead(err error) bool {
	if status, ok := errors.AsType[*statusError](err); ok {
		return status.method == http.MethodHead && (status.status == http.StatusMethodNotAllowed || status.status == http.StatusNotImplemented)
	}
	_, unreachable := errors.AsType[*url.Error](err)
	_, answered := errors.AsType[*errcode.ErrorResponse](err)
	return !unreachable && !answered && !errors.Is(err, errdef.ErrNotFound) && !errors.Is(err, auth.ErrBasicCredentialNotFound)
}

// plainError is an error with another text.
type plainError struct {
	text  string
	cause error
}

func (e *plainError) Error() string { return e.text }
func (e *plainError) Unwrap() error { return e.cause }

// address is a URL in a text: what is behind the host may hold a token.
var address = regexp.MustCompile(`(https?://[^/\s"?]*)[^\s"]*`)

// plain takes the URLs out of an error and makes one short line of it.
func plain(err error) error {
	text := err
	if broken, ok := errors.AsType[*url.Error](err); ok {
		text = broken.Err
	}
	line := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, address.ReplaceAllString(text.Error(), "$1"))
	if len(line) > maxReason {
		line = strings.ToValidUTF8(line[:maxReason], "") + "…"
	}
	return &plainError{text: line, cause: err}
}
