package scratch

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// nameless makes a file that never had a name, where the file system can.
func nameless(dir string) (*os.File, error) {
	file, err := os.OpenFile(dir, os.O_RDWR|os.O_EXCL|unix.O_TMPFILE, 0o600)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) {
		return unlinked(dir)
	}
	return file, err
}
