// Command release makes a release of a commit and publishes it in a container registry:
//
//	programs ─→ image for all architectures ─→ chart, pinned to it ─→ all are pushed by
//	   └──────→ SBOMs                      └─→ bundle ─→ catalogue     digest, signed, read
//	git log ──→ changelog                                             back, and then tagged
//
// Everything but the signatures follows from the commit and the version alone, so
// that a release which broke off is repeated, and one that exists is never changed. A
// registry on loopback makes it a dry run: then a key is made for it, if none is given.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// settings are the command's.
type settings struct {
	version string
	// registry is a host and a folder, under which all repositories are.
	registry string
	// out is the folder of the release's files.
	out           string
	architectures []string
	// programs and catalog are folders with programs, in a folder for each architecture.
	programs, catalog string
	// key is what cosign signs with: a file, env://NAME or that of a key service.
	key string
	// cosign, cyclonedx and make are programs; make has its arguments.
	cosign, cyclonedx, make string
}

func main() {
	var in settings
	flag.StringVar(&in.version, "version", "", "version to release, as 1.2.3")
	flag.StringVar(&in.registry, "registry", "", "host and folder to push to, as ghcr.io/team")
	flag.StringVar(&in.out, "out", "dist/release", "folder for the files of the release; it is emptied")
	architectures := flag.String("architectures", "amd64 arm64", "for which there are programs")
	flag.StringVar(&in.programs, "programs", "dist/programs", "folder with the operator's program for each architecture")
	flag.StringVar(&in.catalog, "catalog-programs", "dist/catalog-programs", "the same with opm and grpc_health_probe")
	flag.StringVar(&in.key, "key", "", "private key for cosign: file, env://NAME or a key service; $COSIGN_PASSWORD opens it")
	flag.StringVar(&in.cosign, "cosign", "cosign", "program that signs")
	flag.StringVar(&in.cyclonedx, "cyclonedx", "cyclonedx-gomod", "program that lists what a program was made from")
	flag.StringVar(&in.make, "make", "make", "make with arguments for the targets bundle and catalog")
	flag.Parse()
	in.architectures = strings.Fields(*architectures)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, in)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "release: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, in settings) error {
	in.registry = strings.Trim(in.registry, "/")
	r, err := prepare(ctx, in)
	if err != nil {
		return err
	}
	defer r.forget()
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"image of the operator", r.operator},
		{"software bills of materials", r.materials},
		{"chart", r.chart},
		{"bundle and catalogue", r.olm},
		{"comparing with what " + in.registry + " has", r.refuseOther},
		{"pushing by digest", r.push},
		{"signatures", r.sign},
		{"changelog, images and checksums", r.files},
		{"reading everything back", r.verify},
		{"tags", r.tag},
	} {
		fmt.Printf("==> %s\n", step.what)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	fmt.Printf("released %s; its files are in %s\n", in.version, in.out)
	return nil
}

// path is a file of the release.
func (r *release) path(name string) string { return filepath.Join(r.out, name) }
