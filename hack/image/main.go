// Command image builds the operator's container image without a container
// engine: it writes an archive that docker load and ctr images import read.
//
// The image holds one static program, CA certificates, a passwd file and an
// empty /tmp. Equal inputs give an equal image, bit by bit.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// inputs are what an image is made from.
type inputs struct {
	// program is the path of the static operator program.
	program string
	// certificates is the path of the CA bundle that git sources are checked with.
	certificates string
	// architecture is the program's, in Go's words.
	architecture string
	// version is written into the image's labels.
	version string
}

func main() {
	var in inputs
	flag.StringVar(&in.program, "program", "bin/mcp-registry-operator", "static program to put into the image")
	flag.StringVar(&in.certificates, "certificates", "/etc/ssl/certs/ca-certificates.crt", "bundle of CA certificates")
	flag.StringVar(&in.architecture, "architecture", "amd64", "the program's architecture")
	flag.StringVar(&in.version, "version", "", "version for the image's labels")
	reference := flag.String("reference", "", "name and tag of the image")
	out := flag.String("out", "dist/image.tar", "archive to write")
	flag.Parse()

	if err := run(in, *reference, *out); err != nil {
		fmt.Fprintf(os.Stderr, "image: %v\n", err)
		os.Exit(1)
	}
}

func run(in inputs, reference, out string) error {
	tag, err := name.NewTag(reference, name.StrictValidation)
	if err != nil {
		return fmt.Errorf("--reference %q: %w", reference, err)
	}
	image, err := build(in)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("folder of the archive: %w", err)
	}
	if err := tarball.WriteToFile(out, tag, image); err != nil {
		return fmt.Errorf("write archive %q: %w", out, err)
	}
	digest, err := image.Digest()
	if err != nil {
		return fmt.Errorf("digest of the image: %w", err)
	}
	fmt.Printf("%s: %s %s\n", out, tag, digest)
	return nil
}
