package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSourceBytes(t *testing.T) {
	for name, tc := range map[string]struct {
		why                        string
		maxSource, container, want int64
	}{
		"no limit known":  {why: "two large sources at a time", maxSource: 128 << 20, want: 256 << 20},
		"small container": {why: "one large source must be possible at all", maxSource: 128 << 20, container: 512 << 20, want: 128 << 20},
		"large container": {why: "more memory, more work at a time", maxSource: 128 << 20, container: 8 << 30, want: 1 << 30},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, sourceBytes(tc.maxSource, tc.container), tc.why)
		})
	}
}
