package git

import (
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

// target is what a fetch is after.
type target struct {
	// commit is what the file is read from, and the revision.
	commit plumbing.Hash
	// want is what the server is asked for: the commit, or the tag that points
	// to it, because every server gives what it advertised itself.
	want plumbing.Hash
}

// resolve finds the wanted commit among the refs that the server advertised.
func (c Config) resolve(refs *packp.AdvRefs) (target, error) {
	switch {
	case c.Commit != "":
		commit := plumbing.NewHash(c.Commit)
		return target{commit: commit, want: commit}, nil
	case c.Branch != "":
		commit, ok := refs.References[plumbing.NewBranchReferenceName(c.Branch).String()]
		if !ok {
			return target{}, invalid("git.branch %q does not exist in %s", c.Branch, c.Repository)
		}
		return target{commit: commit, want: commit}, nil
	case c.Tag != "":
		return c.resolveTag(refs)
	case refs.Head == nil:
		return target{}, invalid("%s has no default branch: set git.branch", c.Repository)
	}
	return target{commit: *refs.Head, want: *refs.Head}, nil
}

// resolveTag follows an annotated tag to its commit, which the server
// advertises next to it.
func (c Config) resolveTag(refs *packp.AdvRefs) (target, error) {
	name := plumbing.NewTagReferenceName(c.Tag).String()
	want, ok := refs.References[name]
	if !ok {
		return target{}, invalid("git.tag %q does not exist in %s", c.Tag, c.Repository)
	}
	if commit, annotated := refs.Peeled[name]; annotated {
		return target{commit: commit, want: want}, nil
	}
	return target{commit: want, want: want}, nil
}

// tips are all branches and tags.
func tips(refs *packp.AdvRefs) []plumbing.Hash {
	var hashes []plumbing.Hash
	for name, hash := range refs.References {
		if strings.HasPrefix(name, "refs/heads/") || strings.HasPrefix(name, "refs/tags/") {
			hashes = append(hashes, hash)
		}
	}
	plumbing.HashesSort(hashes)
	return slices.Compact(hashes)
}
