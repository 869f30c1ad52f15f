package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

// killLeftovers ends what containerd did not: processes in the Pods' cgroup,
// then the shims, known by this cluster's socket in their arguments. Normally
// there are none.
func killLeftovers(c plan.Cluster) error {
	pids := shims(c)
	for _, dir := range cgroupDirs(c) {
		pids = append(pids, processesBelow(dir)...)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("kill container process %d: %w", pid, err)
		}
	}
	return nil
}

func processesBelow(cgroup string) []int {
	var pids []int
	_ = filepath.WalkDir(cgroup, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "cgroup.procs" {
			data, _ := os.ReadFile(path)
			pids = append(pids, parsePIDs(string(data))...)
		}
		return nil
	})
	return pids
}

func parsePIDs(text string) []int {
	var pids []int
	for field := range strings.FieldsSeq(text) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 1 {
			pids = append(pids, pid)
		}
	}
	return pids
}

func shims(c plan.Cluster) []int {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	var pids []int
	for _, file := range files {
		data, _ := os.ReadFile(file)
		if isShim(strings.Split(string(data), "\x00"), c.ContainerdSocket()) {
			pids = append(pids, parsePIDs(filepath.Base(filepath.Dir(file)))...)
		}
	}
	return pids
}

func isShim(args []string, socket string) bool {
	return strings.HasPrefix(filepath.Base(args[0]), "containerd-shim") && slices.Contains(args, socket)
}

// removeCgroups removes the innermost folders first; the kernel allows it only
// once the last process is gone, which takes a moment after a kill.
func removeCgroups(c plan.Cluster) error {
	var errs []error
	for _, root := range cgroupDirs(c) {
		var dirs []string
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				dirs = append(dirs, path)
			}
			return nil
		})
		for _, dir := range slices.Backward(dirs) {
			errs = append(errs, removeCgroup(dir))
		}
	}
	return errors.Join(errs...)
}

func removeCgroup(dir string) error {
	for range 40 {
		err := syscall.Rmdir(dir)
		if err == nil || errors.Is(err, syscall.ENOENT) {
			return nil
		}
		if !errors.Is(err, syscall.EBUSY) {
			return fmt.Errorf("remove cgroup %q: %w", dir, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("remove cgroup %q: still in use", dir)
}
