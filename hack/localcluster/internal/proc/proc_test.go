package proc

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseStat(t *testing.T) {
	const rest = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20"
	for why, line := range map[string]string{
		"an ordinary name":           "7 (etcd)" + rest,
		"blanks and parentheses too": "7 (a) b (c))" + rest,
	} {
		got, err := parseStat(line)
		require.NoError(t, err, why)
		assert.Equal(t, stat{state: "S", startTicks: 4711}, got, why)
	}
	_, err := parseStat("7 (etcd) S 1")
	assert.Error(t, err)
}

func TestStartAndStop(t *testing.T) {
	log := filepath.Join(t.TempDir(), "logs", "x.log")
	p, err := Start(Command{Name: "x", Path: "sh", Args: []string{"-c", "echo one; echo two; exec sleep 60"}, LogFile: log})
	require.NoError(t, err)
	require.True(t, p.Alive())
	assert.Eventually(t, func() bool { return p.Tail(1) == "two" }, 5*time.Second, poll)

	stranger := p
	stranger.StartTicks++
	assert.False(t, stranger.Alive(), "the same id with another start time is another process")
	require.NoError(t, stranger.Stop(context.Background(), time.Second))
	assert.True(t, p.Alive(), "and is left alone")

	require.NoError(t, p.Stop(context.Background(), 5*time.Second))
	assert.False(t, p.Alive())
}

func TestStopKillsTheStubborn(t *testing.T) {
	log := filepath.Join(t.TempDir(), "x.log")
	p, err := Start(Command{Name: "x", Path: "sh", Args: []string{"-c", "trap '' TERM; echo armed; while :; do sleep 0.1; done"}, LogFile: log})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return p.Tail(1) == "armed" }, 5*time.Second, poll)
	require.NoError(t, p.Stop(context.Background(), 200*time.Millisecond))
	assert.False(t, p.Alive())
}
