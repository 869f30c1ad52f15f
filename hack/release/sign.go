package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	publicKey = "cosign.pub"
	checksums = "SHA256SUMS"
	// A key needs no services: no certificate authority, no log, no clock.
	noServices = `{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}`
	noRoots    = `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`
)

// prepareKey makes a key if none is given, and writes what belongs to every key.
func (r *release) prepareKey(ctx context.Context) error {
	for file, content := range map[string]string{"services.json": noServices, "roots.json": noRoots} {
		if err := os.WriteFile(filepath.Join(r.work, file), []byte(content), 0o600); err != nil {
			return fmt.Errorf("settings for cosign: %w", err)
		}
	}
	if r.key == "" {
		r.key = filepath.Join(r.work, "cosign.key")
		if err := os.Setenv("COSIGN_PASSWORD", ""); err != nil {
			return err
		}
		if err := command(ctx, r.cosign, "generate-key-pair", "--output-key-prefix", strings.TrimSuffix(r.key, ".key")); err != nil {
			return err
		}
	}
	return command(ctx, r.cosign, "public-key", "--key", r.key, "--outfile", r.path(publicKey))
}

// signing is a cosign command with the key.
func (r *release) signing(ctx context.Context, verb string, args ...string) error {
	all := []string{verb, "--yes", "--key", r.key,
		"--signing-config", filepath.Join(r.work, "services.json"), "--trusted-root", filepath.Join(r.work, "roots.json")}
	return command(ctx, r.cosign, append(all, args...)...)
}

// sign signs every artifact, and states of each image of the operator what it was made
// from.
func (r *release) sign(ctx context.Context) error {
	for _, a := range r.artifacts {
		if err := r.signing(ctx, "sign", "--recursive", a.digest.String()); err != nil {
			return err
		}
	}
	operator := r.artifacts[0]
	for _, architecture := range r.architectures {
		digest, err := operator.children[architecture].Digest()
		if err != nil {
			return fmt.Errorf("image for %q: %w", architecture, err)
		}
		if err := r.signing(ctx, "attest", "--type", "cyclonedx", "--predicate", r.path(materialsFile(architecture)),
			operator.digest.Digest(digest.String()).String()); err != nil {
			return err
		}
	}
	return nil
}

// cosignVerify is what a user runs.
func (r *release) cosignVerify(ctx context.Context, verb string, args ...string) ([]byte, error) {
	all := []string{verb, "--key", r.path(publicKey), "--insecure-ignore-tlog"}
	c := exec.CommandContext(ctx, r.cosign, append(all, args...)...)
	var said strings.Builder
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("cosign %s %s: %w: %s", verb, args[len(args)-1], err, strings.TrimSpace(said.String()))
	}
	return out, nil
}
