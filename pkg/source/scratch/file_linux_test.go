package scratch

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A process can be killed between any two system calls: a file that had a name
// for a moment could keep it. The kernel tells of each name in a folder.
func TestFileNeverHasAName(t *testing.T) {
	dir := t.TempDir()
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(watch) })
	_, err = unix.InotifyAddWatch(watch, dir, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_DELETE)
	require.NoError(t, err)
	seen := func() (int, error) { return unix.Read(watch, make([]byte, 1024)) }

	file, err := File(dir)
	require.NoError(t, err)
	requireReadable(t, file)
	require.NoError(t, file.Close())
	_, err = seen()
	require.ErrorIs(t, err, unix.EAGAIN, "the folder got a name")

	file, err = unlinked(dir)
	require.NoError(t, err)
	requireReadable(t, file)
	require.NoError(t, file.Close())
	n, err := seen()
	require.NoError(t, err)
	require.Positive(t, n, "the watch sees names")

	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func requireReadable(t *testing.T, file *os.File) {
	t.Helper()
	_, err := file.WriteAt([]byte("entry"), 3)
	require.NoError(t, err)
	data := make([]byte, 8)
	_, err = file.ReadAt(data, 0)
	require.NoError(t, err)
	require.Equal(t, "\x00\x00\x00entry", string(data))
}

func TestFileInNoFolder(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for _, make := range []func(string) (*os.File, error){File, unlinked} {
		_, err := make(missing)
		require.ErrorIs(t, err, os.ErrNotExist)
		require.ErrorContains(t, err, missing)
	}
}
