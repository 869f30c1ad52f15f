package program

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

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
