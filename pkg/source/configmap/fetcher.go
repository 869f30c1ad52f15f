package configmap

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// maxKeysShown bounds how many existing keys a message about a missing one names.
const maxKeysShown = 5

// Config names one key of one ConfigMap.
type Config struct {
	// Namespace is that of the registry: sources elsewhere are not readable.
	Namespace string
	// Name of the ConfigMap.
	Name string
	// Key in data or binaryData.
	Key string
	// MaxBytes bounds the value's size; 0 is no bound.
	MaxBytes int64
}

// Fetcher implements [source.Fetcher] for one [Config].
type Fetcher struct {
	live client.Reader
	meta client.Reader
	cfg  Config
}

// New returns a fetcher. The reader live goes to the API server; meta is asked
// for metadata only and may be a cache that lags behind.
func New(live, meta client.Reader, cfg Config) *Fetcher {
	return &Fetcher{live: live, meta: meta, cfg: cfg}
}

// Fetch implements [source.Fetcher].
func (f *Fetcher) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	if known != "" && f.cachedRevision(ctx) == known {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	var cm corev1.ConfigMap
	if err := f.live.Get(ctx, f.key(), &cm); err != nil {
		return source.Content{}, f.classify(err)
	}
	revision := revisionOf(&cm.ObjectMeta)
	if known != "" && revision == known {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	data, err := f.value(&cm)
	if err != nil {
		return source.Content{}, err
	}
	return source.OneFile(revision, data), nil
}

// Absent is the revision of a ConfigMap that does not exist.
const Absent source.Revision = "absent"

// Revision returns the ConfigMap's present revision as the cache has it, or
// [Absent]. It costs no request.
func (f *Fetcher) Revision(ctx context.Context) (source.Revision, error) {
	var meta metav1.PartialObjectMetadata
	meta.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	err := f.meta.Get(ctx, f.key(), &meta)
	switch {
	case apierrors.IsNotFound(err):
		return Absent, nil
	case err != nil:
		return "", f.classify(err)
	}
	return revisionOf(&meta.ObjectMeta), nil
}

// cachedRevision is Revision without its error, which decides nothing here: the
// live read that follows reports what is true.
func (f *Fetcher) cachedRevision(ctx context.Context) source.Revision {
	revision, _ := f.Revision(ctx)
	return revision
}

// value returns the bytes at the key, from data or binaryData.
func (f *Fetcher) value(cm *corev1.ConfigMap) ([]byte, error) {
	data, found := cm.BinaryData[f.cfg.Key]
	if text, ok := cm.Data[f.cfg.Key]; ok {
		data, found = []byte(text), true
	}
	if !found {
		return nil, fault.NewTerminal(source.ReasonInvalidReference,
			fmt.Errorf("ConfigMap %q has no key %q: %s", f.cfg.Name, f.cfg.Key, existing(cm)))
	}
	if f.cfg.MaxBytes > 0 && int64(len(data)) > f.cfg.MaxBytes {
		return nil, source.ErrTooLarge(fmt.Sprintf("key %q of ConfigMap %q", f.cfg.Key, f.cfg.Name), f.cfg.MaxBytes)
	}
	return data, nil
}

func (f *Fetcher) classify(err error) error {
	if apierrors.IsNotFound(err) {
		return fault.NewRetry(source.ReasonUnavailable, fmt.Errorf(
			"ConfigMap %q does not exist in namespace %q: create it or correct the source's name", f.cfg.Name, f.cfg.Namespace))
	}
	return fault.NewRetry(source.ReasonUnavailable,
		fmt.Errorf("read ConfigMap %q in namespace %q: %w", f.cfg.Name, f.cfg.Namespace, err))
}

func (f *Fetcher) key() client.ObjectKey {
	return client.ObjectKey{Namespace: f.cfg.Namespace, Name: f.cfg.Name}
}

// revisionOf includes the uid, so that a ConfigMap that was deleted and made
// again is never taken for its predecessor.
func revisionOf(meta *metav1.ObjectMeta) source.Revision {
	return source.Revision(string(meta.UID) + "/" + meta.ResourceVersion)
}

// existing says which keys there are, for someone who mistyped one.
func existing(cm *corev1.ConfigMap) string {
	keys := append(slices.Collect(maps.Keys(cm.Data)), slices.Collect(maps.Keys(cm.BinaryData))...)
	if len(keys) == 0 {
		return "it is empty"
	}
	slices.Sort(keys)
	more := ""
	if len(keys) > maxKeysShown {
		more = fmt.Sprintf(" and %d more", len(keys)-maxKeysShown)
		keys = keys[:maxKeysShown]
	}
	return "it has " + strings.Join(keys, ", ") + more
}
