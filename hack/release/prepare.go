package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/mod/semver"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/container"
)

// release is one that is being made.
type release struct {
	settings

	from container.Origin
	// previous is the tag before, or "".
	previous string
	// host and folder are the registry's.
	host, folder string
	// dry says that nobody else sees the registry.
	dry bool
	// work is a folder for what is not published; it is removed in the end.
	work      string
	artifacts []artifact
	// index is the digest of the operator's image.
	index string
}

// prepare looks whether there is something that can be released, and cleans the folder.
func prepare(ctx context.Context, in settings) (*release, error) {
	r := &release{settings: in, from: container.Origin{Version: in.version}}
	if v := "v" + in.version; semver.Canonical(v) != v {
		return nil, fmt.Errorf("version %q is not one like 1.2.3 or 1.2.3-rc.1, without v", in.version)
	}
	if err := r.readRegistry(); err != nil {
		return nil, err
	}
	if err := r.readTree(ctx); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(in.out); err != nil {
		return nil, fmt.Errorf("empty %q: %w", in.out, err)
	}
	if err := os.MkdirAll(in.out, 0o755); err != nil {
		return nil, fmt.Errorf("folder of the release: %w", err)
	}
	var err error
	if r.work, err = os.MkdirTemp("", "release-*"); err != nil {
		return nil, fmt.Errorf("folder for intermediate files: %w", err)
	}
	if err := r.prepareKey(ctx); err != nil {
		r.forget()
		return nil, err
	}
	return r, nil
}

func (r *release) forget() { _ = os.RemoveAll(r.work) }

func (r *release) readRegistry() error {
	repository, err := name.NewRepository(r.registry+"/"+container.Name, name.StrictValidation)
	if err != nil {
		return fmt.Errorf("registry %q is not a host and a folder: %w", r.registry, err)
	}
	if strings.Contains(r.registry, "//") {
		return fmt.Errorf("registry %q is not a host and a folder: leave the scheme out", r.registry)
	}
	r.host = repository.RegistryStr()
	r.folder = strings.TrimSuffix(repository.RepositoryStr(), container.Name)
	r.dry = repository.Scheme() == "http"
	if r.key == "" && !r.dry {
		return errors.New("no key is given: only a dry run, to a registry on loopback, makes one")
	}
	return nil
}

// readTree learns the commit from git, and refuses what is not one.
func (r *release) readTree(ctx context.Context) error {
	changed, err := git(ctx, "status", "--porcelain")
	if err != nil {
		return err
	}
	if changed != "" {
		return fmt.Errorf("the tree is not what is committed, beginning with %q: commit or remove it", strings.Split(changed, "\n")[0])
	}
	if r.from.Revision, err = git(ctx, "rev-parse", "HEAD"); err != nil {
		return err
	}
	at, err := git(ctx, "log", "-1", "--format=%cI")
	if err != nil {
		return err
	}
	if r.from.Created, err = time.Parse(time.RFC3339, at); err != nil {
		return fmt.Errorf("time of the commit: %w", err)
	}
	tag := "v" + r.version
	if tagged, err := git(ctx, "rev-parse", "--verify", "--quiet", tag+"^{commit}"); err == nil && tagged != r.from.Revision {
		return fmt.Errorf("tag %q exists and is another commit: choose a new version", tag)
	}
	// The newest tag that leads here; this version's own does not count. None is no error.
	r.previous, _ = git(ctx, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "--exclude", tag, "HEAD")
	return nil
}

func git(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", args...).Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// command runs a program and shows its words only if it fails.
func command(ctx context.Context, program string, args ...string) error {
	if out, err := exec.CommandContext(ctx, program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}
