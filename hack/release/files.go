package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/release/changelog"
)

const (
	signature = checksums + ".sigstore.json"
	imageList = "images.txt"
)

// files completes the folder of the release.
func (r *release) files(ctx context.Context) error {
	if err := r.changelog(ctx); err != nil {
		return err
	}
	if err := r.images(); err != nil {
		return err
	}
	if err := r.checksums(); err != nil {
		return err
	}
	if err := r.signing(ctx, "sign-blob", "--bundle", r.path(signature), r.path(checksums)); err != nil {
		return err
	}
	// What cosign wrote is for everybody too.
	return errors.Join(os.Chmod(r.path(signature), 0o644), os.Chmod(r.path(publicKey), 0o644))
}

func (r *release) changelog(ctx context.Context) error {
	commits := "HEAD"
	if r.previous != "" {
		commits = r.previous + "..HEAD"
	}
	subjects, err := git(ctx, "log", "--no-merges", "--format=%s", commits)
	if err != nil {
		return err
	}
	text := changelog.Release{
		Version: r.version, Date: r.from.Created.UTC().Format("2006-01-02"), Previous: r.previous,
		Subjects: strings.FieldsFunc(subjects, func(c rune) bool { return c == '\n' }),
	}.Markdown()
	return os.WriteFile(r.path("CHANGELOG.md"), []byte(text), 0o644)
}

// images is a list for those who copy a release into a registry of their own.
func (r *release) images() error {
	var list strings.Builder
	for _, a := range r.artifacts {
		fmt.Fprintf(&list, "%s@%s\n", a.tag, a.digest.DigestStr())
	}
	return os.WriteFile(r.path(imageList), []byte(list.String()), 0o644)
}

// checksums are in the form that sha256sum --check reads.
func (r *release) checksums() error {
	var list strings.Builder
	err := filepath.WalkDir(r.out, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(r.out, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(data), filepath.ToSlash(relative))
		return nil
	})
	if err != nil {
		return fmt.Errorf("checksums: %w", err)
	}
	return os.WriteFile(r.path(checksums), []byte(list.String()), 0o644)
}
