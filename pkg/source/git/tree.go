package git

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// readFile returns the file at cfg.Path in commit.
func (p *pack) readFile(commit plumbing.Hash, cfg Config) ([]byte, error) {
	encoded, err := p.Get(commit)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is not in the pack", errRefused, commit)
	}
	var c object.Commit
	if err := c.Decode(encoded); err != nil {
		return nil, invalid("%s of %s does not name a commit", commit, cfg.Repository)
	}
	blob, err := p.find(c.TreeHash, commit, cfg.Path)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("file %q of %s", cfg.Path, cfg.Repository)
	offset, err := p.FindOffset(blob)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, source.ErrTooLarge(what, cfg.MaxBytes) // the server left it out, as asked to
	}
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", what, err)
	}
	size, err := p.GetSizeByOffset(offset)
	if err != nil {
		return nil, fmt.Errorf("measure %s: %w", what, err)
	}
	if size > cfg.MaxBytes {
		return nil, source.ErrTooLarge(what, cfg.MaxBytes)
	}
	return p.content(blob, what)
}

// find walks from the root tree to the file at path.
func (p *pack) find(root, commit plumbing.Hash, path string) (plumbing.Hash, error) {
	names := strings.Split(path, "/")
	at := root
	for i, name := range names {
		entry, err := p.entry(at, name)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		here := strings.Join(names[:i+1], "/")
		if entry == nil {
			return plumbing.ZeroHash, invalid("git.path %q does not exist in commit %s: there is no %q", path, commit, here)
		}
		if err := checkMode(entry.Mode, here, i == len(names)-1); err != nil {
			return plumbing.ZeroHash, err
		}
		at = entry.Hash
	}
	return at, nil
}

// entry returns the entry of tree with that name, or nil.
func (p *pack) entry(tree plumbing.Hash, name string) (*object.TreeEntry, error) {
	encoded, err := p.Get(tree)
	if err != nil {
		return nil, fmt.Errorf("read tree %s: %w", tree, err)
	}
	var decoded object.Tree
	if err := decoded.Decode(encoded); err != nil {
		return nil, fmt.Errorf("decode tree %s: %w", tree, err)
	}
	for i := range decoded.Entries {
		if decoded.Entries[i].Name == name {
			return &decoded.Entries[i], nil
		}
	}
	return nil, nil
}

// checkMode lets only directories be walked and only regular files be read. A
// symbolic link could point anywhere, and a submodule is another repository.
func checkMode(mode filemode.FileMode, path string, last bool) error {
	switch mode {
	case filemode.Symlink:
		return invalid("git.path: %q is a symbolic link: name the file itself", path)
	case filemode.Submodule:
		return invalid("git.path: %q is a submodule: name its own repository", path)
	default:
	}
	if last && mode == filemode.Dir {
		return invalid("git.path: %q is a directory: name a file in it", path)
	}
	if !last && mode != filemode.Dir {
		return invalid("git.path: %q is a file, not a directory", path)
	}
	return nil
}

func (p *pack) content(blob plumbing.Hash, what string) ([]byte, error) {
	encoded, err := p.Get(blob)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	reader, err := encoded.Reader()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	defer func() { _ = reader.Close() }()
	data := make([]byte, encoded.Size()) // at most MaxBytes, checked by the caller
	if _, err := io.ReadFull(reader, data); err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return data, nil
}
