package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Entries are the published revisions of the schema of server.json, by URL.
type Entries map[string]*jsonschema.Schema

// ReadEntries reads the revisions from a folder.
func ReadEntries(folder string) (Entries, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	entries := Entries{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("reading %q: %w", file, err)
		}
		id, _ := object(value)["$id"].(string)
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		if err := compiler.AddResource(id, value); err != nil {
			return nil, fmt.Errorf("reading %q: %w", file, err)
		}
		if entries[id], err = compiler.Compile(id); err != nil {
			return nil, fmt.Errorf("reading %q: %w", file, err)
		}
	}
	return entries, nil
}

// Check says what is wrong with an entry by the revision that it names.
func (e Entries) Check(entry json.RawMessage) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(entry))
	if err != nil {
		return err
	}
	id, _ := object(value)["$schema"].(string)
	schema, known := e[id]
	if !known {
		return fmt.Errorf("the schema %q is not one of server.json", id)
	}
	return schema.Validate(value)
}
