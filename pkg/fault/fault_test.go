package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
)

func TestClassification(t *testing.T) {
	cause := errors.New("connection refused")
	tests := map[string]struct {
		why    string
		err    error
		class  fault.Class
		reason string
	}{
		"unclassified": {why: "trying again is always safe", err: cause, class: fault.Retry, reason: "Fallback"},
		"retry":        {why: "it may pass", err: fault.NewRetry("Down", cause), class: fault.Retry, reason: "Down"},
		"terminal":     {why: "a person must act", err: fault.NewTerminal("Wrong", cause), class: fault.Terminal, reason: "Wrong"},
		"wait":         {why: "it passes at a known time", err: fault.NewWait("Busy", time.Minute, cause), class: fault.Wait, reason: "Busy"},
		"wrapped": {
			why: "context added on the way does not change the class", err: fmt.Errorf("fetching: %w", fault.NewTerminal("Wrong", cause)),
			class: fault.Terminal, reason: "Wrong",
		},
		"joined": {
			why: "one of several errors is enough", err: errors.Join(errors.New("other"), fault.NewTerminal("Wrong", cause)),
			class: fault.Terminal, reason: "Wrong",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.class, fault.ClassOf(tc.err), tc.why)
			require.Equal(t, tc.reason, fault.ReasonOf(tc.err, "Fallback"), tc.why)
		})
	}
	require.Equal(t, time.Minute, fault.After(fmt.Errorf("fetching: %w", fault.NewWait("Busy", time.Minute, cause))))
	require.Zero(t, fault.After(fault.NewRetry("Down", cause)))
	require.Zero(t, fault.After(cause))
	require.ErrorIs(t, fault.NewRetry("Down", cause), cause)
	require.EqualError(t, fault.NewRetry("Down", cause), "connection refused")
}
