// Package scratch makes the files in which sources keep what is too large for
// memory.
//
// Invariants: a file has no name, and is gone when it is closed or when the
// process ends, however that happens.
package scratch

import (
	"fmt"
	"os"
)

// File makes an empty file in the folder; "" means the system's temporary one.
func File(dir string) (*os.File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	file, err := nameless(dir)
	if err != nil {
		return nil, fmt.Errorf("making a file in the scratch folder: %w", err)
	}
	return file, nil
}

// unlinked takes the file's name away. A kill before that leaves it behind, empty.
func unlinked(dir string) (*os.File, error) {
	file, err := os.CreateTemp(dir, "source-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}
