package git

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/secureshell"
)

// classify turns any error of a fetch into one that says who has to act. What
// the server wrote is kept out of messages that can say it better.
func (f *Fetcher) classify(ctx context.Context, meter *meter, err error) error {
	var classified *fault.Error
	if unexpected, ok := errors.AsType[*plumbing.UnexpectedError](err); ok {
		err = unexpected.Err // go-git's type does not unwrap
	}
	switch {
	case ctx.Err() != nil:
		return f.retry(fmt.Errorf("fetch %s: %w", f.cfg.Repository, ctx.Err()))
	case errors.As(err, &classified):
		return err
	case meter.exceeded.Load():
		return tooLarge("%s sends more than the limit of %d bytes (refs: %d)",
			f.cfg.Repository, f.cfg.MaxRepositoryBytes, min(f.cfg.MaxRepositoryBytes, maxRefsBytes))
	case errors.Is(err, egress.ErrNotAllowed):
		return invalid("git.repository %s: %w", f.cfg.Repository, err)
	case meter.after > 0:
		// With a time to wait, 403 too is how hosts say that there were too many requests.
		return fault.NewWait(source.ReasonUnavailable, meter.after,
			fmt.Errorf("%s answers %d and asks to be left alone for %s", f.cfg.Repository, meter.status, meter.after))
	}
	return f.answered(err)
}

// answered classifies what the server said.
func (f *Fetcher) answered(err error) error {
	switch {
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed):
		return denied("%s asks for credentials: it is private, or it does not exist; name a Secret in git.secretRef, or correct what is in it", f.cfg.Repository)
	case errors.Is(err, secureshell.ErrHostUnknown), errors.Is(err, secureshell.ErrHostKey):
		return denied("%s: %w; ask the owner of the server for its key before you change known_hosts in the Secret of git.secretRef", f.cfg.Repository, err)
	case errors.Is(err, secureshell.ErrRefused):
		return denied("%s: %w: let the server know the public key, or correct identity in the Secret of git.secretRef", f.cfg.Repository, err)
	case errors.Is(err, errNotServed):
		return f.retry(fmt.Errorf("%s does not exist, or the key in the Secret of git.secretRef may not read it", f.cfg.Repository))
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return f.retry(fmt.Errorf("%s does not exist: correct git.repository, or wait for it to come back", f.cfg.Repository))
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return f.retry(fmt.Errorf("%s is empty: push the registry file", f.cfg.Repository))
	case errors.Is(err, errRefused) && f.cfg.Commit != "":
		return invalid("git.commit %s does not exist in %s, or no branch or tag leads to it", f.cfg.Commit, f.cfg.Repository)
	}
	return f.retry(fmt.Errorf("fetch %s: %w", f.cfg.Repository, told{err}))
}

// told is an error with a text that a server may have written.
type told struct{ error }

// maxTold is how much of it is passed on.
const maxTold = 500

// Error is one line.
func (t told) Error() string {
	line := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, t.error.Error())
	if runes := []rune(line); len(runes) > maxTold {
		return string(runes[:maxTold]) + "…"
	}
	return line
}

// Unwrap gives errors.Is and errors.As the cause.
func (t told) Unwrap() error { return t.error }

func denied(format string, args ...any) error {
	return fault.NewTerminal(source.ReasonAuthFailed, fmt.Errorf(format, args...))
}

func (f *Fetcher) retry(err error) error { return fault.NewRetry(source.ReasonUnavailable, err) }
