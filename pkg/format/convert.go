package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stacklok/toolhive-core/registry/converters"
	types "github.com/stacklok/toolhive-core/registry/types"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// The transports that an entry of each section may have.
var (
	imageTransports  = []string{"stdio", "sse", "streamable-http"}
	remoteTransports = []string{"sse", "streamable-http"}
)

// convertImage makes a server of an entry of servers. toolhive-core's converter
// gives the version 1.0.0 and puts a bare key "fetch" in ToolHive's namespace.
//
// Tier and status are free text here, although ToolHive's schema lists their
// values with a capital: a tier is information only, and a status in another
// case is understood (see statusOf).
func convertImage(key string, raw json.RawMessage) (registry.Server, error) {
	var image types.ImageMetadata
	entry, err := decodeEntry(raw, &image)
	if err != nil {
		return registry.Server{}, err
	}
	if image.Image == "" {
		return registry.Server{}, errors.New("image is missing")
	}
	if err := checkBase(&image.BaseServerMetadata, imageTransports); err != nil {
		return registry.Server{}, err
	}
	if slices.Contains(image.EnvVars, nil) {
		return registry.Server{}, errors.New("env_vars must not hold null")
	}
	image.Name = fullName(key, image.Name)
	converted, err := converters.ImageMetadataToServerJSON(image.Name, &image)
	if err != nil {
		return registry.Server{}, fmt.Errorf("converting the entry: %w", err)
	}
	return assemble(converted, image.Image, carriedOfImage(entry, image.Transport))
}

// convertRemote makes a server of an entry of remote_servers; see [convertImage].
func convertRemote(key string, raw json.RawMessage) (registry.Server, error) {
	var remote types.RemoteServerMetadata
	entry, err := decodeEntry(raw, &remote)
	if err != nil {
		return registry.Server{}, err
	}
	if remote.URL == "" {
		return registry.Server{}, errors.New("url is missing")
	}
	if err := checkBase(&remote.BaseServerMetadata, remoteTransports); err != nil {
		return registry.Server{}, err
	}
	if slices.Contains(remote.Headers, nil) {
		return registry.Server{}, errors.New("headers must not hold null")
	}
	remote.Name = fullName(key, remote.Name)
	converted, err := converters.RemoteServerMetadataToServerJSON(remote.Name, &remote)
	if err != nil {
		return registry.Server{}, fmt.Errorf("converting the entry: %w", err)
	}
	return assemble(converted, remote.URL, carriedOfRemote(entry))
}

// decodeEntry reads an entry into ToolHive's type and returns its canonical
// form, in which the fields that the type does not know are still present.
func decodeEntry(raw json.RawMessage, into any) (json.RawMessage, error) {
	entry, err := registry.Canonical(raw)
	if err != nil {
		return nil, fmt.Errorf("the entry cannot be used: %w", err)
	}
	if entry[0] != '{' {
		return nil, errors.New("the entry is not an object")
	}
	if err := json.Unmarshal(entry, into); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			field := strings.TrimPrefix(wrong.Field, "BaseServerMetadata.")
			return nil, fmt.Errorf("%s must not be a JSON %s", plain(field), plain(wrong.Value))
		}
		return nil, fmt.Errorf("the entry is not of ToolHive's form: %s", plain(err.Error()))
	}
	return entry, nil
}

func checkBase(base *types.BaseServerMetadata, transports []string) error {
	switch {
	case base.Description == "":
		return errors.New("description is missing")
	case base.Transport == "":
		return errors.New("transport is missing")
	case !slices.Contains(transports, base.Transport):
		return fmt.Errorf("transport %s is not one of %s", shown(base.Transport), strings.Join(transports, ", "))
	}
	return nil
}

// fullName is the entry's own name, or else its key, in reverse-DNS form.
func fullName(key, name string) string {
	if name == "" {
		name = key
	}
	return converters.BuildReverseDNSName(name)
}

// assemble puts the carried fields into the extension object of the image or
// URL and reads the result like any server.json, so that one set of checks
// holds for both formats.
func assemble(converted any, key string, carried fields) (registry.Server, error) {
	text, err := json.Marshal(converted)
	if err != nil {
		return registry.Server{}, fmt.Errorf("writing the converted entry: %w", err)
	}
	text, err = extend(text, carried, "_meta", types.PublisherProvidedKey, types.ToolHivePublisherNamespace, key)
	if err != nil {
		return registry.Server{}, fmt.Errorf("extending the converted entry: %w", err)
	}
	canonical, err := registry.Canonical(text)
	if err != nil {
		return registry.Server{}, fmt.Errorf("the entry cannot be used: %w", err)
	}
	server, _, err := readServer(canonical)
	return server, err
}
