package filter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// Patterns is what to let through and what to keep out.
type Patterns struct {
	// Include lets through only what matches one of it; empty is no constraint.
	Include []string
	// Exclude keeps out what matches one of it, included or not.
	Exclude []string
}

// Spec is spec.filter. A server must pass names and tags.
type Spec struct {
	// Names holds globs: * is any text (also with "/"), ? any one character,
	// [a-z] one of a set and [!a-z] one not of it; \ makes the next character
	// plain. A glob with a "/" is matched against the whole name; one without
	// also against the part after the last "/".
	Names Patterns
	// Tags holds tags as they are, in exactly this case.
	Tags Patterns
}

// Filter is a compiled [Spec]. The zero value lets everything through.
type Filter struct {
	includeNames, excludeNames []glob
	tags                       Patterns
}

// New compiles spec. An error names the field and the pattern at fault.
func New(spec Spec) (*Filter, error) {
	include, err := compileAll("filter.names.include", spec.Names.Include)
	if err != nil {
		return nil, err
	}
	exclude, err := compileAll("filter.names.exclude", spec.Names.Exclude)
	if err != nil {
		return nil, err
	}
	if err := checkTags("filter.tags.include", spec.Tags.Include); err != nil {
		return nil, err
	}
	if err := checkTags("filter.tags.exclude", spec.Tags.Exclude); err != nil {
		return nil, err
	}
	return &Filter{
		includeNames: include,
		excludeNames: exclude,
		tags: Patterns{
			Include: slices.Clone(spec.Tags.Include),
			Exclude: slices.Clone(spec.Tags.Exclude),
		},
	}, nil
}

func compileAll(field string, patterns []string) ([]glob, error) {
	globs := make([]glob, 0, len(patterns))
	for i, p := range patterns {
		g, err := compile(p)
		if err != nil {
			return nil, fmt.Errorf("%s[%d] %q: %w", field, i, p, err)
		}
		globs = append(globs, g)
	}
	return globs, nil
}

// checkTags refuses an empty tag. No server has one, so as an include it would
// quietly empty the registry.
func checkTags(field string, tags []string) error {
	for i, tag := range tags {
		if tag == "" {
			return fmt.Errorf("%s[%d] %q: %w", field, i, tag, errEmpty)
		}
	}
	return nil
}

var errEmpty = errors.New("it is empty")

// Keep reports whether the server passes.
func (f *Filter) Keep(s registry.Server) bool {
	return f.keepName(s.Name) && f.keepTags(s.Tags)
}

// Apply returns the servers that pass, in the same order, as a new slice.
func (f *Filter) Apply(servers []registry.Server) []registry.Server {
	kept := make([]registry.Server, 0, len(servers))
	for _, s := range servers {
		if f.Keep(s) {
			kept = append(kept, s)
		}
	}
	return kept
}

func (f *Filter) keepName(name string) bool {
	short := name[strings.LastIndexByte(name, '/')+1:]
	matches := func(g glob) bool { return g.match(name) || (!g.slash && g.match(short)) }
	if slices.ContainsFunc(f.excludeNames, matches) {
		return false
	}
	return len(f.includeNames) == 0 || slices.ContainsFunc(f.includeNames, matches)
}

func (f *Filter) keepTags(tags []string) bool {
	among := func(list []string) bool {
		return slices.ContainsFunc(tags, func(tag string) bool { return slices.Contains(list, tag) })
	}
	if among(f.tags.Exclude) {
		return false
	}
	return len(f.tags.Include) == 0 || among(f.tags.Include)
}
