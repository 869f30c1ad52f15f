package program

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Memory is what a process holds, in bytes.
type Memory struct {
	// Own is anonymous memory; All is with the pages of the program's file, which
	// all processes of one machine share. Peak is the most that All was.
	Own, All, Peak int
}

// Memory asks the kernel.
func (p *Process) Memory(t testing.TB) Memory {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Command.Process.Pid))
	require.NoError(t, err)
	field := func(name string) int {
		_, rest, found := strings.Cut(string(data), name+":")
		require.True(t, found, name)
		kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
		require.NoError(t, err)
		return kilobytes << 10
	}
	return Memory{Own: field("RssAnon"), All: field("VmRSS"), Peak: field("VmHWM")}
}

// ForgetPeak makes the kernel measure the peak anew.
func (p *Process) ForgetPeak(t testing.TB) {
	t.Helper()
	require.NoError(t, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.Command.Process.Pid), []byte("5"), 0))
}

// CPU is the processor time that the process has taken so far, its own and the
// kernel's for it. Unlike the time on a clock, it hardly depends on what else the
// machine does.
func (p *Process) CPU(t testing.TB) time.Duration {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Command.Process.Pid))
	require.NoError(t, err)
	// The second field is the program's name in brackets; the rest are numbers.
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	const user, kernel, tick = 11, 12, 10 * time.Millisecond // as in proc(5), from the third field on
	total := time.Duration(0)
	for _, at := range []int{user, kernel} {
		ticks, err := strconv.Atoi(fields[at])
		require.NoError(t, err)
		total += time.Duration(ticks) * tick
	}
	return total
}
