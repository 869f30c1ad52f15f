package schema

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

//go:embed schemas/*.json
var files embed.FS

// revision is one published schema.
type revision struct {
	// date is how people call it.
	date string
	root *node
}

// Check says where an entry, a server.json in canonical form, does not fit the
// revision that has this URL; nil if it does, or if there is no such revision.
//
// The length of the description is not held against an entry: catalogues of
// companies exceed the 100 characters, and clients show what they get.
func Check(url string, entry json.RawMessage) error {
	r, known := revisions()[url]
	if !known {
		return nil
	}
	w := walk{data: entry}
	if w.fits(r.root) {
		return nil
	}
	w = walk{data: entry, loud: true}
	w.fits(r.root)
	return fmt.Errorf("it does not fit the schema of %s that it names: %s", r.date, w.fault.String())
}

// revisions are all that are embedded, by URL. One that does not load is a fault
// of the program, which tests find.
var revisions = sync.OnceValue(func() map[string]revision {
	all, err := load()
	if err != nil {
		panic(err)
	}
	return all
})

func load() (map[string]revision, error) {
	entries, err := files.ReadDir("schemas")
	if err != nil {
		return nil, err
	}
	all := map[string]revision{}
	for _, entry := range entries {
		date, isSchema := strings.CutSuffix(entry.Name(), ".json")
		if !isSchema {
			continue
		}
		data, err := files.ReadFile("schemas/" + entry.Name())
		if err != nil {
			return nil, err
		}
		id, root, err := compile(data)
		if err != nil {
			return nil, fmt.Errorf("the schema of %s: %w", date, err)
		}
		all[id] = revision{date, root}
	}
	return all, nil
}
