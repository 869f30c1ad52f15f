package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// readFiles returns what cfg.Path names in commit: one file, or those of a folder
// or of a pattern.
func (p *pack) readFiles(ctx context.Context, commit plumbing.Hash, cfg Config) (source.Content, error) {
	root, err := p.rootOf(commit, cfg)
	if err != nil {
		return source.Content{}, err
	}
	content := source.Content{Revision: cfg.revisionOf(commit)}
	files, err := p.selected(ctx, root, commit, cfg, &content)
	if err != nil {
		return source.Content{}, err
	}
	left := cfg.MaxBytes
	for _, f := range files {
		data, err := p.readBlob(f.blob, left, cfg, f.path)
		if err != nil {
			return source.Content{}, err
		}
		left -= int64(len(data))
		file := source.File{Name: oneLine(f.path), Data: data}
		if !content.Independent {
			file.Name = "" // it is the one that the spec names
		}
		content.Files = append(content.Files, file)
	}
	return content, nil
}

// rootOf returns the commit's tree.
func (p *pack) rootOf(commit plumbing.Hash, cfg Config) (plumbing.Hash, error) {
	encoded, err := p.wanted(commit)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	var c object.Commit
	if err := c.Decode(encoded); err != nil {
		return plumbing.ZeroHash, invalid("%s of %s does not name a commit", commit, cfg.Repository)
	}
	return c.TreeHash, nil
}

// selected are the files that cfg.Path names. It notes in content how they belong
// together and what was left out.
func (p *pack) selected(
	ctx context.Context, root, commit plumbing.Hash, cfg Config, content *source.Content,
) ([]found, error) {
	folder := object.TreeEntry{Mode: filemode.Dir, Hash: root}
	at, glob := "", pattern{anyDepth, serverFile}
	if cfg.Path != "." {
		entry, missing, err := p.find(root, cfg.Path)
		switch {
		case err != nil:
			return nil, err
		case missing == "" && entry.Mode != filemode.Dir:
			return []found{{cfg.Path, entry.Hash}}, nil
		case missing == "":
			folder, at = entry, cfg.Path
		case !isPattern(cfg.Path):
			return nil, invalid("git.path %q does not exist in commit %s: there is no %q", cfg.Path, commit, missing)
		default:
			glob = strings.Split(cfg.Path, "/")
		}
	}
	files, skipped, err := p.search(ctx, folder.Hash, at, glob)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, nothingFound(cfg, commit, at != "" || cfg.Path == ".", skipped)
	}
	content.Independent, content.Skipped = true, skipped
	return files, nil
}

func nothingFound(cfg Config, commit plumbing.Hash, folder bool, skipped []registry.Rejection) error {
	what := fmt.Sprintf("git.path %q matches no file in commit %s", cfg.Path, commit)
	if folder {
		what = fmt.Sprintf("git.path %q is a folder without any server.json in commit %s", cfg.Path, commit)
	}
	if len(skipped) > 0 {
		what += fmt.Sprintf(" (%s: %s)", skipped[0].Entry, skipped[0].Reason)
	}
	return invalid("%s", what)
}

// readBlob returns a file of at most left bytes, which is what remains of the limit.
func (p *pack) readBlob(blob plumbing.Hash, left int64, cfg Config, path string) ([]byte, error) {
	what := fmt.Sprintf("file %q of %s", path, cfg.Repository)
	over := source.ErrTooLarge(what, cfg.MaxBytes)
	if left < cfg.MaxBytes {
		over = source.ErrTooLarge(fmt.Sprintf("what git.path %q names in %s", cfg.Path, cfg.Repository), cfg.MaxBytes)
	}
	offset, err := p.FindOffset(blob)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, over // the server left it out, as asked to
	}
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", what, err)
	}
	size, err := p.GetSizeByOffset(offset)
	if err != nil {
		return nil, fmt.Errorf("measure %s: %w", what, err)
	}
	if size > left {
		return nil, over
	}
	return p.content(blob, what)
}

// find walks from the root tree to the file or folder at path. Where there is
// none, missing is the first part of the path that leads nowhere.
func (p *pack) find(root plumbing.Hash, path string) (at object.TreeEntry, missing string, err error) {
	names := strings.Split(path, "/")
	at = object.TreeEntry{Hash: root, Mode: filemode.Dir}
	for i, name := range names {
		entries, err := p.entries(at.Hash)
		if err != nil {
			return at, "", err
		}
		here := strings.Join(names[:i+1], "/")
		next := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == name })
		if next < 0 {
			return at, here, nil
		}
		at = entries[next]
		if err := checkMode(at.Mode, here, i == len(names)-1); err != nil {
			return at, "", err
		}
	}
	return at, "", nil
}

// entries returns what a tree holds.
func (p *pack) entries(tree plumbing.Hash) ([]object.TreeEntry, error) {
	encoded, err := p.Get(tree)
	if err != nil {
		return nil, fmt.Errorf("read tree %s: %w", tree, err)
	}
	var decoded object.Tree
	if err := decoded.Decode(encoded); err != nil {
		return nil, fmt.Errorf("decode tree %s: %w", tree, err)
	}
	return decoded.Entries, nil
}

// checkMode lets only directories be walked and only regular files be read. A
// symbolic link could point anywhere, and a submodule is another repository.
func checkMode(mode filemode.FileMode, path string, last bool) error {
	switch {
	case mode == filemode.Symlink:
		return invalid("git.path: %q is a symbolic link: name the file itself", path)
	case mode == filemode.Submodule:
		return invalid("git.path: %q is a submodule: name its own repository", path)
	case !last && mode != filemode.Dir:
		return invalid("git.path: %q is a file, not a directory", path)
	}
	return nil
}

// oneLine makes a name from a repository fit for messages.
func oneLine(name string) string {
	quoted := strconv.Quote(name)
	return quoted[1 : len(quoted)-1]
}

func (p *pack) content(blob plumbing.Hash, what string) ([]byte, error) {
	encoded, err := p.Get(blob)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	data, err := contentOf(encoded)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return data, nil
}
