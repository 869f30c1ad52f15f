package main

import (
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// finish writes what operator-sdk does not take from its input: it puts the time
// of day into every bundle, and knows related images by another convention.
func finish(in inputs, path string) error {
	objects, err := decodeFile(path)
	if err != nil {
		return err
	}
	if len(objects) != 1 {
		return fmt.Errorf("file %q has %d objects, not one", path, len(objects))
	}
	csv := objects[0]
	annotations, annotated := at(csv, "metadata", "annotations").(object)
	spec, specified := csv["spec"].(object)
	if !annotated || !specified {
		return fmt.Errorf("file %q has no annotations or no spec", path)
	}
	annotations["createdAt"] = in.created
	// The API services run the operator's own image, so that there is only this one.
	spec["relatedImages"] = []any{object{"name": packageName, "image": in.image}}
	data, err := yaml.Marshal(csv)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// customImage stands in scorecard/config.yaml for the image of our own tests.
const customImage = "custom"

func readScorecard(in inputs) (object, error) {
	path := filepath.Join(in.root, "hack", "bundle", "scorecard", "config.yaml")
	objects, err := decodeFile(path)
	if err != nil {
		return nil, err
	}
	if len(objects) != 1 {
		return nil, fmt.Errorf("file %q has %d objects, not one", path, len(objects))
	}
	stages, _ := objects[0]["stages"].([]any)
	for _, stage := range stages {
		tests, _ := at(stage, "tests").([]any)
		for _, item := range tests {
			if test, ok := item.(object); ok && test["image"] == customImage {
				test["image"] = in.scorecard
			}
		}
	}
	return objects[0], nil
}
