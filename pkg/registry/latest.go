package registry

import (
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

// candidate is a version with what decides whether it is the latest of its name.
type candidate struct {
	version   string
	semantic  string // the form x/mod/semver reads; empty if not semantic
	published time.Time
	deleted   bool
	stated    bool // by the registry that it comes from
}

// candidateOf is the version that s is, published then.
func candidateOf(s Server, published time.Time) candidate {
	return candidate{
		version:   s.Version,
		semantic:  semantic(s.Version),
		published: published,
		deleted:   s.Status == StatusDeleted,
		stated:    s.Latest,
	}
}

// newerThan is a strict order of the versions of one name: present before
// deleted, what is stated before what is not, semantic before others, semantic ones by precedence, then by
// publication, then by spelling so that no two are equal.
func (c candidate) newerThan(other candidate) bool {
	if c.deleted != other.deleted {
		return other.deleted
	}
	if c.stated != other.stated {
		return c.stated
	}
	// Compare puts what is not semantic, "" here, below what is.
	if order := semver.Compare(c.semantic, other.semantic); order != 0 {
		return order > 0
	}
	if order := c.published.Compare(other.published); order != 0 {
		return order > 0
	}
	return c.version > other.version
}

// CompareVersions orders the versions of one server, the older one first: what is
// not semantic before what is, semantic ones by precedence. Others are equal.
func CompareVersions(a, b string) int { return semver.Compare(semantic(a), semantic(b)) }

// semantic returns version with the leading v that x/mod/semver wants, or "" if
// it is not a semantic version of three parts. That package also reads "v1" and
// "v1.2", which the registry's rule does not count as semantic.
func semantic(version string) string {
	v := "v" + strings.TrimPrefix(version, "v")
	core, _, _ := strings.Cut(v, "+")
	core, _, _ = strings.Cut(core, "-")
	if strings.Count(core, ".") != 2 || !semver.IsValid(v) {
		return ""
	}
	return v
}
