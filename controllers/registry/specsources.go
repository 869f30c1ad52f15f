package registry

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// sourcesOf are the sources of a spec with their defaults. An only source has no name.
func sourcesOf(spec v1alpha1.MCPRegistrySpec) []v1alpha1.NamedSource {
	if len(spec.Sources) == 0 {
		return []v1alpha1.NamedSource{{Source: defaulted(spec.Source)}}
	}
	all := make([]v1alpha1.NamedSource, len(spec.Sources))
	for i, s := range spec.Sources {
		all[i] = v1alpha1.NamedSource{Name: s.Name, Source: defaulted(s.Source), Filter: s.Filter}
	}
	return all
}

// fieldOf is where a source stands in the spec.
func fieldOf(s v1alpha1.NamedSource) string {
	if s.Name == "" {
		return "spec.source"
	}
	return "spec.sources[" + s.Name + "]"
}

// inputsOf names what the spec wants a snapshot to be made from.
func inputsOf(spec v1alpha1.MCPRegistrySpec, sources []sync.Source) storage.Inputs {
	if len(spec.Sources) == 0 {
		return storage.Inputs{SourceHash: sources[0].Hash, FilterHash: hashOf(spec.Filter)}
	}
	var named [][2]string
	filters := []*v1alpha1.Filter{spec.Filter}
	for i, s := range sources {
		named = append(named, [2]string{s.Name, s.Hash})
		filters = append(filters, spec.Sources[i].Filter)
	}
	return storage.Inputs{SourceHash: hashOf(named), FilterHash: hashOf(filters)}
}

// translateSources makes of the spec's sources what can be read.
func translateSources(namespace string, spec v1alpha1.MCPRegistrySpec, from Sources) ([]sync.Source, error) {
	wrong := []error{checkSources(spec)}
	var all []sync.Source
	for _, s := range sourcesOf(spec) {
		translated := sync.Source{Name: s.Name, Type: s.Type, Hash: hashOfSource(spec, s.Source), Format: format.Format(s.Format)}
		var errFetcher, errFilter error
		translated.Fetcher, errFetcher = from.Fetcher(namespace, s)
		translated.Filter, errFilter = translateFilter(s.Filter)
		if errFilter != nil {
			errFilter = fmt.Errorf("%s.%w", fieldOf(s), errFilter)
		}
		wrong = append(wrong, errFetcher, errFilter)
		all = append(all, translated)
	}
	return all, errors.Join(wrong...)
}

// hashOfSource names what decides which entries a source gives, its filter apart.
func hashOfSource(spec v1alpha1.MCPRegistrySpec, s v1alpha1.Source) string {
	if spec.SyncPolicy == nil || !spec.SyncPolicy.Strict {
		return hashOf(s)
	}
	// What was read loosely must be read again.
	return hashOf([]any{s, "strict"})
}

var (
	sourceName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	// chunkLike ends a name that, as a slot, could be taken for a chunk of another.
	chunkLike = regexp.MustCompile(`-[0-9a-f]{8}-[0-9]+$`)
)

// checkSources repeats the CRD's rules for objects older than the rules.
func checkSources(spec v1alpha1.MCPRegistrySpec) error {
	switch {
	case len(spec.Sources) > 0 && spec.Source != (v1alpha1.Source{}):
		return errors.New("exactly one of spec.source and spec.sources must be set")
	case len(spec.Sources) > v1alpha1.MaxSources:
		return fmt.Errorf("spec.sources has %d sources; at most %d are possible", len(spec.Sources), v1alpha1.MaxSources)
	}
	seen := map[string]bool{}
	for _, s := range spec.Sources {
		if !sourceName.MatchString(s.Name) || chunkLike.MatchString(s.Name) {
			return fmt.Errorf("spec.sources: the name %q is not a DNS label, or ends like the name of a stored chunk", s.Name)
		}
		if seen[s.Name] {
			return fmt.Errorf("spec.sources: the name %q occurs twice", s.Name)
		}
		seen[s.Name] = true
	}
	return nil
}

// translateFilter returns nil, which lets everything through, for no filter.
func translateFilter(f *v1alpha1.Filter) (*filter.Filter, error) {
	if f == nil {
		return nil, nil
	}
	return filter.New(filter.Spec{Names: patterns(f.Names), Tags: patterns(f.Tags)})
}

func patterns(p *v1alpha1.Patterns) filter.Patterns {
	if p == nil {
		return filter.Patterns{}
	}
	return filter.Patterns{Include: p.Include, Exclude: p.Exclude}
}
