package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writeCatalog prints the package and its channel as file-based catalogues have
// them; "opm render" prints the bundles themselves. A version may come from the
// one that its bundle replaces, or from any older one: the operator works from
// what is stored, whoever stored it.
func writeCatalog(w io.Writer, root string, bundles []string) error {
	if len(bundles) == 0 {
		return errors.New("name the folders of the bundles as arguments")
	}
	var entries []any
	var description any
	for _, bundle := range bundles {
		objects, err := decodeFile(filepath.Join(bundle, "manifests", csvFile))
		if err != nil {
			return err
		}
		if len(objects) != 1 {
			return fmt.Errorf("bundle %q has %d objects beside its ClusterServiceVersion", bundle, len(objects)-1)
		}
		csv := objects[0]
		entry := object{"name": at(csv, "metadata", "name"), "skipRange": fmt.Sprintf("<%v", at(csv, "spec", "version"))}
		if replaces := at(csv, "spec", "replaces"); replaces != nil {
			entry["replaces"] = replaces
		}
		entries = append(entries, entry)
		description = at(csv, "spec", "description")
	}
	icon, err := os.ReadFile(filepath.Join(root, "pkg", "apiserver", "page", "assets", "icon.svg"))
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	return errors.Join(
		encoder.Encode(object{
			"schema": "olm.package", "name": packageName, "defaultChannel": channel,
			"description": description, "icon": object{"base64data": icon, "mediatype": "image/svg+xml"},
		}),
		encoder.Encode(object{"schema": "olm.channel", "package": packageName, "name": channel, "entries": entries}),
	)
}
