package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
)

const (
	packageName = "mcp-registry-operator"
	channel     = "stable"
)

// inputs are what a bundle is made from, besides the files of the repository.
type inputs struct {
	// root is the folder of the repository.
	root string
	// version of the operator, without a v.
	version string
	// replaces is the version before; empty if there is none.
	replaces string
	// image is the operator's, with a digest.
	image string
	// scorecard is the image of the custom scorecard tests.
	scorecard string
	// created is when the bundle was made, in RFC 3339; given, so that it is no accident.
	created string
	// minKube is the oldest Kubernetes; empty means the chart's.
	minKube string
	// sdk is the path of operator-sdk.
	sdk string
	// out is the folder of the bundle.
	out string
}

func main() {
	var in inputs
	flag.StringVar(&in.root, "root", ".", "folder of the repository")
	flag.StringVar(&in.version, "version", "", "version of the operator (required)")
	flag.StringVar(&in.replaces, "replaces", "", "version that this one replaces; empty for the first")
	flag.StringVar(&in.image, "image", "", "the operator's image, with a digest (required)")
	flag.StringVar(&in.scorecard, "scorecard-image", "", "image of the custom scorecard tests (required)")
	flag.StringVar(&in.created, "created", "", "time of the release in RFC 3339 (required)")
	flag.StringVar(&in.minKube, "min-kube-version", "", "oldest Kubernetes; empty means the chart's")
	flag.StringVar(&in.sdk, "sdk", "operator-sdk", "path of operator-sdk")
	flag.StringVar(&in.out, "out", "bundle", "folder to write")
	catalog := flag.Bool("catalog", false, "print the package and channel of the bundles that are named as arguments")
	check := flag.Bool("validate", false, "run all validators over the bundles that are named as arguments")
	flag.Parse()

	err := run(in, *catalog, *check, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

func run(in inputs, catalog, check bool, bundles []string) error {
	switch {
	case catalog:
		return writeCatalog(os.Stdout, in.root, bundles)
	case check:
		var failed error
		for _, bundle := range bundles {
			failed = errors.Join(failed, validate(context.Background(), in.sdk, bundle))
		}
		return failed
	}
	if err := in.check(); err != nil {
		return err
	}
	return build(context.Background(), in)
}

var (
	semantic = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
	pinned   = regexp.MustCompile(`^[^@]+@sha256:[0-9a-f]{64}$`)
)

func (in inputs) check() error {
	if !semantic.MatchString(in.version) {
		return fmt.Errorf("-version %q is not a version like 1.2.3", in.version)
	}
	if in.replaces != "" && !semantic.MatchString(in.replaces) {
		return fmt.Errorf("-replaces %q is not a version like 1.2.3", in.replaces)
	}
	if in.replaces == in.version {
		return fmt.Errorf("version %q cannot replace itself", in.version)
	}
	if !pinned.MatchString(in.image) {
		return fmt.Errorf("-image %q has no digest: a bundle names images as name@sha256:…", in.image)
	}
	if in.scorecard == "" || in.created == "" {
		return errors.New("-scorecard-image and -created are required")
	}
	return nil
}

// csvName is the name of a version's ClusterServiceVersion.
func csvName(version string) string {
	return packageName + ".v" + strings.TrimPrefix(version, "v")
}
