package registry

import (
	"context"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/configmap"
)

// watchedFetcher is a fetcher of something that the manager watches.
type watchedFetcher interface {
	source.Fetcher
	Revision(ctx context.Context) (source.Revision, error)
}

func (f Fetchers) configMap(namespace string, s *v1alpha1.ConfigMapSource) (watchedFetcher, error) {
	cfg := configmap.Config{Namespace: namespace, Name: s.Name, Key: s.Key, MaxBytes: f.MaxBytes}
	switch {
	case (s.Name == "") == (s.Selector == nil):
		return nil, errors.New("exactly one of name and selector must be set")
	case s.Selector == nil:
		return configmap.New(f.Live, f.Metadata, cfg), nil
	}
	selector, err := selectorOf(s.Selector)
	if err != nil {
		return nil, err
	}
	return configmap.Select(f.Live, f.Metadata, selector, cfg), nil
}

// selectorOf never selects what the operator stores itself.
func selectorOf(s *metav1.LabelSelector) (labels.Selector, error) {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return nil, fmt.Errorf("selector: %w", err)
	}
	if selector.Empty() {
		return nil, errors.New("selector must select something; an empty one would take all ConfigMaps")
	}
	others, err := labels.NewRequirement(v1alpha1.LabelManagedBy, selection.NotIn, []string{v1alpha1.ManagedBy})
	if err != nil { // the label is a constant
		return nil, err
	}
	return selector.Add(*others), nil
}

// selects says whether one of the sources takes ConfigMaps with these labels.
func selects(sources []v1alpha1.NamedSource, of labels.Set) bool {
	for _, s := range sources {
		if s.ConfigMap == nil || s.ConfigMap.Selector == nil {
			continue
		}
		if selector, err := selectorOf(s.ConfigMap.Selector); err == nil && selector.Matches(of) {
			return true
		}
	}
	return false
}
