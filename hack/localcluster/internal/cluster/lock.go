package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// clusterLock lets one call at a time work on a cluster. The end of this
// process ends it too.
type clusterLock struct{ file *os.File }

// lock waits for its turn. The one before may have removed the file in the
// meantime, and then the lock on it is worth nothing; hence the second look.
func lock(home, name string) (*clusterLock, error) {
	path := filepath.Join(home, "clusters", name+".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("lock of cluster %q: %w", name, err)
	}
	for {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lock of cluster %q: %w", name, err)
		}
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
			_ = file.Close()
			return nil, fmt.Errorf("lock of cluster %q: %w", name, err)
		}
		if isAt(file, path) {
			return &clusterLock{file: file}, nil
		}
		_ = file.Close()
	}
}

func isAt(file *os.File, path string) bool {
	held, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(held, there)
}

func (l *clusterLock) release() { _ = l.file.Close() }

// remove is for when the cluster is gone. It must come before release.
func (l *clusterLock) remove() error { return os.Remove(l.file.Name()) }
