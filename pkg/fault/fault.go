// Package fault classifies errors by what has to happen next.
//
// An error is classified once, where the knowledge is (a fetcher knows that
// a 401 will not go away by itself), and read once, where the next step is
// decided. Unclassified errors count as [Retry]: trying again is always safe.
package fault

import (
	"errors"
	"time"
)

// Class says who has to act for the error to go away.
type Class int

const (
	// Retry errors may go away by themselves; try again with growing pauses.
	Retry Class = iota
	// Terminal errors need a person: the spec, a Secret or the source must change.
	Terminal
	// Wait errors go away at a time that the other side has named; see [After].
	Wait
)

// Error is a classified error with the reason that conditions, events and
// metrics show.
type Error struct {
	Class Class
	// Reason is a CamelCase constant of api/v1alpha1.
	Reason string
	after  time.Duration
	err    error
}

// Error implements error.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap gives errors.Is and errors.As the cause.
func (e *Error) Unwrap() error { return e.err }

// NewRetry classifies err as one that may go away by itself.
func NewRetry(reason string, err error) error { return &Error{Class: Retry, Reason: reason, err: err} }

// NewTerminal classifies err as one that a person must act on.
func NewTerminal(reason string, err error) error {
	return &Error{Class: Terminal, Reason: reason, err: err}
}

// NewWait classifies err as one that it makes no sense to try again before the
// pause is over.
func NewWait(reason string, after time.Duration, err error) error {
	return &Error{Class: Wait, Reason: reason, after: after, err: err}
}

// After is how long to wait at least before trying again; 0 if err does not say.
func After(err error) time.Duration {
	if f, ok := errors.AsType[*Error](err); ok {
		return f.after
	}
	return 0
}

// ClassOf returns the class of err; [Retry] if it has none.
func ClassOf(err error) Class {
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Class
	}
	return Retry
}

// ReasonOf returns the reason of err, or fallback if it has none.
func ReasonOf(err error, fallback string) string {
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Reason
	}
	return fallback
}
