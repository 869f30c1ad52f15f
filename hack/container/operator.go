package container

import (
	"bytes"
	"encoding/pem"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// description is what registries show below the name.
const description = "Runs curated registries of MCP servers in Kubernetes"

// system is what every image with a program holds beside it: an unprivileged user,
// certificate authorities and a folder for temporary files.
func system() []Entry {
	return []Entry{
		{Path: "etc/", Mode: 0o755},
		{Path: "etc/passwd", Mode: 0o644, Data: fmt.Appendf(nil, "nonroot:x:%d:%d:nonroot:/tmp:/sbin/nologin\n", user, user)},
		{Path: "etc/group", Mode: 0o644, Data: fmt.Appendf(nil, "nonroot:x:%d:\n", user)},
		{Path: "etc/ssl/", Mode: 0o755},
		{Path: "etc/ssl/certs/", Mode: 0o755},
		{Path: "etc/ssl/certs/ca-certificates.crt", Mode: 0o644, Data: authorities()},
		{Path: "tmp/", Mode: 0o1777},
	}
}

// authorities are Mozilla's, of the version in go.mod: those of the machine would make
// another image on each. One that is trusted only for older certificates is left out,
// because a file of certificates cannot say so.
func authorities() []byte {
	var file bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&file, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes everything
		}
	}
	return file.Bytes()
}

// Single is an image that has one static program.
type Single struct {
	// Name is the image's, File that of the program in it.
	Name, File  string
	description string
}

// The images with a program of ours.
var (
	Operator  = Single{Name: Name, File: Name, description: description}
	Scorecard = Single{Name: Name + "-scorecard", File: "scorecard", description: description + " (tests of the bundle)"}
)

func (s Single) entry(program []byte) Entry { return Entry{Path: s.File, Mode: 0o755, Data: program} }

// Files are all files of the image.
func (s Single) Files(program []byte) []Entry { return append(system(), s.entry(program)) }

// Image makes the image: a layer that seldom changes, and the program.
func (s Single) Image(program []byte, architecture string, from Origin) (v1.Image, error) {
	base, err := layer(system())
	if err != nil {
		return nil, err
	}
	top, err := layer([]Entry{s.entry(program)})
	if err != nil {
		return nil, err
	}
	return image(architecture, from.Created, v1.Config{
		Entrypoint: []string{"/" + s.File},
		User:       fmt.Sprintf("%d:%d", user, user),
		WorkingDir: "/",
		Labels:     from.labels(s.Name, s.description),
	}, base, top)
}
