package format

import (
	"fmt"
	"iter"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// ParseFiles reads the registry files of one source, each with its name, as one
// catalogue: what an earlier file holds, a later one cannot replace. One file that
// is no registry fails them all, for nobody can tell what it should have held. The
// servers share memory with the files, as in [Parse].
func ParseFiles(f Format, files iter.Seq2[string, []byte]) (registry.Catalog, error) {
	c := collector{seen: map[registry.ID]struct{}{}}
	for name, data := range files {
		c.file = name
		if err := c.read(f, data); err != nil {
			if name != "" {
				err = fmt.Errorf("%s: %w", shown(name), err)
			}
			return registry.Catalog{}, fault.NewTerminal(ReasonInvalidData, err)
		}
	}
	return c.catalog, nil
}

// ParseEach is ParseFiles for files that stand each for itself: one that is no
// registry is among the rejected entries, and nothing is taken of it. It is an
// error if there is no other one.
func ParseEach(f Format, files iter.Seq2[string, []byte]) (registry.Catalog, error) {
	c := collector{seen: map[registry.ID]struct{}{}}
	var first error
	read, bad := 0, 0
	for name, data := range files {
		read++
		c.file = name
		start := c.mark()
		err := c.read(f, data)
		if err == nil {
			continue
		}
		bad++
		if first == nil {
			first = fmt.Errorf("%s: %w", shown(name), err)
		}
		c.undo(start)
		if err := c.reject(name, err); err != nil {
			return registry.Catalog{}, fault.NewTerminal(ReasonInvalidData, err)
		}
	}
	if first == nil || bad < read {
		return c.catalog, nil
	}
	if read > 1 {
		first = fmt.Errorf("none of %d files is a registry; the first one, %w", read, first)
	}
	return registry.Catalog{}, fault.NewTerminal(ReasonInvalidData, first)
}

// Restore returns the servers that a snapshot was made of. What it marks as the
// latest version of a name counts as stated by its source: so it is in what
// [registry.ComposeStated] made.
func Restore(s registry.Snapshot) ([]registry.Server, error) {
	servers := make([]registry.Server, 0, s.Servers)
	err := s.Each(func(p registry.Parsed) error {
		tags, _, err := extensions(registry.Member(p.Server, "_meta"))
		if err != nil {
			return fmt.Errorf("%s@%s: %w", p.Name, p.Version, err)
		}
		servers = append(servers, registry.Server{
			Name: p.Name, Version: p.Version, Tags: tags, JSON: p.Server, Foreign: p.Foreign,
			Status: p.Official.Status, StatusMessage: p.Official.StatusMessage, Latest: p.Official.IsLatest,
		})
		return nil
	})
	return servers, err
}
