//go:build !linux

package scratch

import "os"

func nameless(dir string) (*os.File, error) { return unlinked(dir) }
