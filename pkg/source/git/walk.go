package git

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

const (
	// maxVisited bounds the entries that a walk looks at. A tree of a few kilobytes
	// can name itself, so to say, again and again on each level.
	maxVisited = 200_000
	// maxDepth bounds the levels of folders below git.path.
	maxDepth = 32
)

// found is a file that git.path names.
type found struct {
	// path is relative to the repository's root.
	path string
	blob plumbing.Hash
}

// walk looks for the files that match a pattern. It follows no link and enters no
// submodule, and tells of those that stand where a file was wanted.
type walk struct {
	pack    *pack
	pattern pattern
	visited int
	files   []found
	skipped []registry.Rejection
}

// search returns the files below a tree that match, in the order of their paths.
func (p *pack) search(ctx context.Context, root plumbing.Hash, at string, glob pattern) ([]found, []registry.Rejection, error) {
	w := walk{pack: p, pattern: glob}
	if err := w.tree(ctx, root, at, 0, glob.start()); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(w.files, func(a, b found) int { return strings.Compare(a.path, b.path) })
	slices.SortFunc(w.skipped, func(a, b registry.Rejection) int { return strings.Compare(a.Entry, b.Entry) })
	return w.files, w.skipped, nil
}

func (w *walk) tree(ctx context.Context, tree plumbing.Hash, at string, depth int, s state) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if depth > maxDepth {
		return invalid("git.path leads more than %d folders deep, to %.200q: name a narrower one", maxDepth, at)
	}
	entries, err := w.pack.entries(tree)
	if err != nil {
		return err
	}
	if w.visited += len(entries); w.visited > maxVisited {
		return tooLarge("git.path leads to more than %d files and folders: name a narrower one", maxVisited)
	}
	for _, e := range entries {
		if !plainName(e.Name) {
			continue // Git does not make such an entry; somebody has
		}
		next, named := w.pattern.step(s, e.Name)
		here := path.Join(at, e.Name)
		if e.Mode != filemode.Dir {
			w.take(here, e, w.pattern.whole(next), named)
		} else if w.pattern.goesOn(next) {
			if err := w.tree(ctx, e.Hash, here, depth+1, next); err != nil {
				return err
			}
		}
	}
	return nil
}

// take notes an entry that is no folder. Whole says that the pattern ends with its
// name, and named that the pattern has a word for it.
func (w *walk) take(path string, e object.TreeEntry, whole, named bool) {
	switch {
	case e.Mode == filemode.Symlink && named:
		w.skip(path, "it is a symbolic link, which is not followed: put the file itself there")
	case e.Mode == filemode.Submodule && named:
		w.skip(path, "it is a submodule, which is not read: make its repository a source of its own")
	case isFile(e.Mode) && whole:
		w.files = append(w.files, found{path, e.Hash})
	}
}

func (w *walk) skip(path, reason string) {
	w.skipped = append(w.skipped, registry.Rejection{Entry: oneLine(path), Reason: reason})
}

// plainName says whether a name is what Git itself would put into a tree.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

func isFile(mode filemode.FileMode) bool {
	return mode == filemode.Regular || mode == filemode.Executable || mode == filemode.Deprecated
}
