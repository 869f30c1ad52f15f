package configmap

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// pageSize is how many ConfigMaps are read at a time. They may have 1 MiB each,
// of which only the one key is kept.
const pageSize = 20

// Selected implements [source.Fetcher] for all ConfigMaps that a selector
// matches, in the order of their names.
type Selected struct {
	live, meta client.Reader
	cfg        Config
	selector   labels.Selector
}

// Select returns a fetcher like [New]; cfg.Name has no meaning for it.
func Select(live, meta client.Reader, selector labels.Selector, cfg Config) *Selected {
	return &Selected{live: live, meta: meta, cfg: cfg, selector: selector}
}

// Fetch implements [source.Fetcher].
func (s *Selected) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	if cached, err := s.Revision(ctx); err == nil && known != "" && cached == known {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	found, err := s.read(ctx)
	if err != nil {
		return source.Content{}, err
	}
	revision := found.revision()
	switch revision {
	case Absent:
		return source.Content{}, fault.NewRetry(source.ReasonUnavailable, fmt.Errorf(
			"no ConfigMap in namespace %q matches %q: label one or correct the source's selector", s.cfg.Namespace, s.selector))
	case known:
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	content := source.Content{Revision: revision}
	for _, m := range found {
		content.Files = append(content.Files, source.File{Name: m.name, Data: m.data})
	}
	return content, nil
}

// Revision returns the present revision of all matching ConfigMaps as the cache
// has it, or [Absent] if there are none. It costs no request.
func (s *Selected) Revision(ctx context.Context) (source.Revision, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMapList"))
	if err := s.meta.List(ctx, list, s.which()); err != nil {
		return "", s.classify(err)
	}
	var found matches
	for i := range list.Items {
		found = append(found, match{name: list.Items[i].Name, revision: revisionOf(&list.Items[i].ObjectMeta)})
	}
	return found.revision(), nil
}

// match is one ConfigMap.
type match struct {
	name     string
	revision source.Revision
	data     []byte
}

type matches []match

// revision is that of all together, whatever order they were listed in.
func (m matches) revision() source.Revision {
	if len(m) == 0 {
		return Absent
	}
	slices.SortFunc(m, func(a, b match) int { return cmp.Compare(a.name, b.name) })
	h := sha256.New()
	for _, one := range m {
		h.Write([]byte(one.name + " " + string(one.revision) + "\n")) // names hold no spaces
	}
	return source.Revision(fmt.Sprintf("%d@%s", len(m), hex.EncodeToString(h.Sum(nil)[:10])))
}

// read reads page by page until all is read or too much.
func (s *Selected) read(ctx context.Context) (found matches, err error) {
	total := int64(0)
	var list corev1.ConfigMapList
	for first := true; first || list.Continue != ""; first = false {
		if err := s.live.List(ctx, &list, s.which(), client.Limit(pageSize), client.Continue(list.Continue)); err != nil {
			return nil, s.classify(err)
		}
		for i := range list.Items {
			m, err := s.take(&list.Items[i])
			if err != nil {
				return nil, err
			}
			if total += int64(len(m.data)); s.cfg.MaxBytes > 0 && total > s.cfg.MaxBytes {
				return nil, source.ErrTooLarge(fmt.Sprintf("key %q of the ConfigMaps that match %q", s.cfg.Key, s.selector), s.cfg.MaxBytes)
			}
			found = append(found, m)
		}
	}
	return found, nil
}

func (s *Selected) take(cm *corev1.ConfigMap) (match, error) {
	one := s.cfg
	one.Name = cm.Name
	data, err := New(s.live, s.meta, one).value(cm)
	return match{name: cm.Name, revision: revisionOf(&cm.ObjectMeta), data: data}, err
}

func (s *Selected) which() *client.ListOptions {
	return &client.ListOptions{Namespace: s.cfg.Namespace, LabelSelector: s.selector}
}

func (s *Selected) classify(err error) error {
	return fault.NewRetry(source.ReasonUnavailable,
		fmt.Errorf("list the ConfigMaps that match %q in namespace %q: %w", s.selector, s.cfg.Namespace, err))
}
