package cluster

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/proc"
)

func newState(t *testing.T) *state {
	t.Helper()
	s := &state{Plan: plan.Cluster{Name: "x", Home: t.TempDir()}}
	require.NoError(t, s.save())
	return s
}

func startSleep(t *testing.T, s *state) proc.Process {
	t.Helper()
	require.NoError(t, s.start(proc.Command{
		Name: "sleep", Path: "sleep", Args: []string{"60"}, LogFile: s.Plan.LogFile("sleep"),
	}))
	p := s.Processes[len(s.Processes)-1]
	t.Cleanup(func() { _ = p.Stop(context.Background(), time.Second) })
	return p
}

func TestStartedProcessesAreRemembered(t *testing.T) {
	s := newState(t)
	startSleep(t, s)

	loaded, err := load(s.Plan.Home, "x")
	require.NoError(t, err)
	assert.Equal(t, s, loaded)

	none, err := load(s.Plan.Home, "y")
	require.NoError(t, err)
	assert.Nil(t, none)
}

func TestFault(t *testing.T) {
	s := newState(t)
	p := startSleep(t, s)
	assert.ErrorContains(t, s.fault(), "never became ready", "an interrupted start is no running cluster")

	s.Ready = true
	assert.NoError(t, s.fault())

	require.NoError(t, p.Stop(context.Background(), time.Second))
	assert.ErrorContains(t, s.fault(), "sleep has ended")
}

func TestDownStopsAndRemoves(t *testing.T) {
	s := newState(t)
	p := startSleep(t, s)
	var out bytes.Buffer

	require.NoError(t, Down(context.Background(), &out, s.Plan.Home, "x"))
	assert.False(t, p.Alive())
	left, err := os.ReadDir(filepath.Join(s.Plan.Home, "clusters"))
	require.NoError(t, err)
	assert.Empty(t, left, "neither state nor lock stays behind")

	require.NoError(t, Down(context.Background(), &out, s.Plan.Home, "x"), "nothing to do is no error")
	assert.Contains(t, out.String(), `there is no cluster "x"`)
}

func TestLockOnARemovedFileIsTakenAgain(t *testing.T) {
	home := t.TempDir()
	first, err := lock(home, "x")
	require.NoError(t, err)
	second := make(chan *clusterLock)
	go func() {
		held, err := lock(home, "x")
		assert.NoError(t, err)
		second <- held
	}()
	select {
	case <-second:
		t.Fatal("two callers hold the lock")
	case <-time.After(100 * time.Millisecond):
	}
	require.NoError(t, first.remove())
	first.release()
	held := <-second
	defer held.release()
	assert.True(t, isAt(held.file, held.file.Name()))
}

func TestWaitNamesWhatWentWrong(t *testing.T) {
	s := newState(t)
	p := startSleep(t, s)
	u := &upper{state: s, out: &bytes.Buffer{}}
	never := func(context.Context) (bool, error) { return false, errors.New("refused") }

	interrupted, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorContains(t, u.wait(interrupted, "x", never), "interrupted while waiting for x")

	require.NoError(t, os.WriteFile(p.LogFile, []byte("out of ideas"), 0o600))
	require.NoError(t, p.Stop(context.Background(), time.Second))
	assert.ErrorContains(t, u.wait(context.Background(), "x", never), "out of ideas")
}

func TestQuote(t *testing.T) {
	assert.Equal(t, `'/home/o'\''neil/x'`, quote("/home/o'neil/x"))
}
