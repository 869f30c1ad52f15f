// Command image puts the operator's programs into container images, without a
// container engine. It writes one of
//
//   - an archive with the image for one architecture, which docker load and
//     ctr images import read (--out),
//   - a folder in the OCI layout with one image for all architectures (--layout),
//   - the same into a container registry (--push),
//   - the files of the image into a folder, for the Dockerfile (--root).
//
// Equal inputs give an equal image, bit by bit.
package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/container"
)

// inputs are what an image is made from.
type inputs struct {
	// programs are the paths of the static operator programs, by architecture in Go's
	// words.
	programs map[string]string
	from     container.Origin
	// reference is the name and tag of the image.
	reference string
}

// outputs are where it goes; all but one are empty.
type outputs struct {
	archive, layout, root string
	push                  bool
}

func main() {
	in := inputs{programs: map[string]string{}}
	var out outputs
	flag.Func("program", "architecture=path of a static program to put into the image; may be repeated", in.program)
	flag.Func("created", "the commit's time as in RFC 3339", in.created)
	flag.StringVar(&in.from.Version, "version", "", "version for the image's labels")
	flag.StringVar(&in.from.Revision, "revision", "", "commit for the image's labels")
	flag.StringVar(&in.reference, "reference", "", "name and tag of the image")
	flag.StringVar(&out.archive, "out", "", "archive to write")
	flag.StringVar(&out.layout, "layout", "", "folder to write in the OCI layout")
	flag.StringVar(&out.root, "root", "", "folder to write the image's files into")
	flag.BoolVar(&out.push, "push", false, "push the image under its name")
	flag.Parse()

	if err := run(in, out); err != nil {
		fmt.Fprintf(os.Stderr, "image: %v\n", err)
		os.Exit(1)
	}
}

func (in *inputs) program(value string) error {
	architecture, path, found := strings.Cut(value, "=")
	if !found {
		return fmt.Errorf("%q is not architecture=path", value)
	}
	in.programs[architecture] = path
	return nil
}

func (in *inputs) created(value string) error {
	at, err := time.Parse(time.RFC3339, value)
	in.from.Created = at
	return err
}

func run(in inputs, out outputs) error {
	images := map[string]v1.Image{}
	for _, architecture := range slices.Sorted(maps.Keys(in.programs)) {
		program, err := os.ReadFile(in.programs[architecture])
		if err != nil {
			return fmt.Errorf("program: %w", err)
		}
		if out.root != "" {
			return container.Write(out.root, container.Operator.Files(program))
		}
		if images[architecture], err = container.Operator.Image(program, architecture, in.from); err != nil {
			return err
		}
	}
	switch {
	case len(images) == 0:
		return errors.New("no --program is given")
	case out.archive != "":
		return archive(images, in.reference, out.archive)
	case out.layout != "":
		return layoutOf(images, out.layout)
	case out.push:
		return push(images, in.reference)
	default:
		return errors.New("none of --out, --layout, --push and --root is given")
	}
}
