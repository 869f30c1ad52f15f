package git

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/signature"
)

const (
	// defaultMaxBytes bounds the registry file if [Config] does not.
	defaultMaxBytes = 64 << 20
	// DefaultMaxRepositoryBytes bounds a download if [Config] does not.
	DefaultMaxRepositoryBytes = 512 << 20
)

// Config names files of one repository.
type Config struct {
	// Repository is the URL without credentials: https://host/path,
	// ssh://user@host/path, or user@host:path, which is SSH too.
	Repository string
	// Branch, Tag or Commit (40 hexadecimal digits): at most one of them; none
	// means the repository's default branch.
	Branch, Tag, Commit string
	// Path of the registry file, relative to the repository's root; or of a folder
	// ("." is the root), which stands for each server.json in it and below it; or a
	// pattern, see package doc.
	Path string
	// MaxBytes bounds the registry files together; 0 means 64 MiB.
	MaxBytes int64
	// MaxRepositoryBytes bounds what one fetch downloads and writes to disk; 0
	// means [DefaultMaxRepositoryBytes].
	MaxRepositoryBytes int64
	// Dir is where packs are written; "" means the system's temporary folder.
	Dir string
	// HTTP is the client to use, see package egress. It decides whether plain
	// http and loopback addresses are allowed.
	HTTP *http.Client
	// SSH is for repositories over SSH. Without it, they are refused.
	SSH *SSH
	// Login differs where the Secret does that HTTP or SSH have from the user; "" is
	// without one. What one login has fetched is not for others.
	Login string
	// Cache is shared with others; nil keeps nothing.
	Cache *Cache
	// Keys are those that must have signed; nil if nobody must.
	Keys *signature.Keys
}

// defaults fills what may be left out.
func (c Config) defaults() Config {
	if len(c.Path) > 1 {
		c.Path = strings.TrimSuffix(c.Path, "/") // how people write folders
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = defaultMaxBytes
	}
	if c.MaxRepositoryBytes <= 0 {
		c.MaxRepositoryBytes = DefaultMaxRepositoryBytes
	}
	if c.Cache == nil {
		c.Cache = NewCache(0)
	}
	return c
}

// Check returns a terminal error that names the field at fault, if cfg names
// something that can never be fetched. How to reach it may still be missing.
func (c Config) Check() error {
	_, err := c.defaults().validate()
	return err
}

// OverSSH says whether the repository is read over SSH.
func (c Config) OverSSH() bool {
	at, err := parseRepository(c.Repository)
	return err == nil && at.overSSH()
}

func (c Config) validate() (location, error) {
	if err := c.validateRef(); err != nil {
		return location{}, err
	}
	if err := validatePath(c.Path); err != nil {
		return location{}, err
	}
	return parseRepository(c.Repository)
}

func (c Config) validateRef() error {
	set := 0
	for _, ref := range []string{c.Branch, c.Tag, c.Commit} {
		if ref != "" {
			set++
		}
	}
	if set > 1 {
		return invalid("git.branch, git.tag and git.commit exclude each other: keep one")
	}
	if c.Commit != "" && (!plumbing.IsHash(c.Commit) || len(c.Commit) != 40) {
		return invalid("git.commit %q is not a full commit hash: give all 40 hexadecimal digits", c.Commit)
	}
	return nil
}

// validatePath accepts only the one spelling of a path that Git itself uses.
func validatePath(p string) error {
	if p == "" {
		return invalid("git.path is empty: name the registry file")
	}
	if strings.HasPrefix(p, "/") {
		return invalid("git.path %q is absolute: give it relative to the repository's root", p)
	}
	if path.Clean(p) != p || p == ".." || strings.HasPrefix(p, "../") {
		return invalid("git.path %q is not a plain path: leave out \".\", \"..\" and doubled slashes", p)
	}
	if isPattern(p) {
		return checkPattern(p)
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fault.NewTerminal(source.ReasonInvalidReference, fmt.Errorf(format, args...))
}
