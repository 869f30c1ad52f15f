// Package reload follows the stored snapshot of a registry in the cluster and
// hands every new one to the API server.
//
// It needs no more than get and watch on the pointer ConfigMap and get on the
// chunks that it names; it never lists. Whatever goes wrong, what is loaded
// stays loaded: a pointer that is deleted, a chunk that may not be read yet, a
// digest that does not match and a Kubernetes API that is gone all end in
// another attempt and nothing else.
package reload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
)

const (
	firstDelay = 250 * time.Millisecond
	maxDelay   = 5 * time.Second
	getTimeout = 15 * time.Second
	// watchSeconds bounds one watch, so that a connection that died unseen is
	// found out.
	watchSeconds = 300
)

// ConfigMaps is what the follower needs of a namespace's ConfigMaps; the typed
// client of client-go is one.
type ConfigMaps interface {
	Get(ctx context.Context, name string, options metav1.GetOptions) (*corev1.ConfigMap, error)
	Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
}

// Follower follows one pointer.
type Follower struct {
	// ConfigMaps are those of the pointer's namespace.
	ConfigMaps ConfigMaps
	// Pointer is the name of the ConfigMap that holds the manifest.
	Pointer string
	// Load takes each new snapshot. A snapshot it refuses is offered again.
	Load func(registry.Snapshot) error
	// Loaded, if set, is told of each snapshot that was taken, and how long that
	// took since the news of it: reading, verifying and Load.
	Loaded func(manifest storage.Manifest, took time.Duration)
	// Described, if set, is told of the manifest of what is loaded, after Load and
	// whenever it was written anew.
	Described func(storage.Manifest)
	// Failed, if set, is told when a failure begins or changes; nil when it is over.
	Failed func(error)

	digest registry.Digest
	// version is where the next watch starts; "" means that the pointer has to
	// be read first.
	version string
	delay   time.Duration
	told    string
	sleep   func(context.Context, time.Duration)
}

// Run follows the pointer until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	if f.sleep == nil {
		f.sleep = sleep
	}
	f.delay = firstDelay
	for ctx.Err() == nil {
		err := f.refresh(ctx)
		if err == nil {
			err = f.follow(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			f.version = ""
			f.tell(err)
		}
		f.sleep(ctx, f.delay*3/4+rand.N(f.delay/2)) //nolint:gosec // jitter is no secret
		f.delay = min(2*f.delay, maxDelay)
	}
}

// refresh reads the pointer and loads what it names, unless a watch can go on
// where the last one ended.
func (f *Follower) refresh(ctx context.Context) error {
	if f.version != "" {
		return nil
	}
	pointer, err := f.get(ctx, f.Pointer)
	if err != nil {
		return err
	}
	f.version = pointer.ResourceVersion
	return f.load(ctx, pointer)
}

// load loads what the pointer names unless it is loaded already.
func (f *Follower) load(ctx context.Context, pointer *corev1.ConfigMap) error {
	manifest, err := chunk.ParseManifest([]byte(pointer.Data[v1alpha1.StorageKeyManifest]))
	if err != nil {
		return fmt.Errorf("reading the manifest in ConfigMap %q: %w", f.Pointer, err)
	}
	if manifest.Digest == f.digest {
		f.describe(manifest)
		return nil
	}
	started := time.Now()
	snapshot, err := chunk.Join(manifest, func(c storage.Chunk) ([]byte, error) {
		object, err := f.get(ctx, c.Name)
		if err != nil {
			return nil, err
		}
		return object.BinaryData[v1alpha1.StorageKeyChunk], nil
	})
	if err != nil {
		return fmt.Errorf("putting snapshot %s together: %w", manifest.Digest, err)
	}
	if err := f.Load(snapshot); err != nil {
		return err
	}
	f.digest, f.delay = manifest.Digest, firstDelay
	f.describe(manifest)
	if f.Loaded != nil {
		f.Loaded(manifest, time.Since(started))
	}
	return nil
}

func (f *Follower) describe(manifest storage.Manifest) {
	if f.Described != nil {
		f.Described(manifest)
	}
}

// follow watches the pointer and loads what it comes to name. It returns nil
// when the watch has ended, which the API server does to every watch in time.
func (f *Follower) follow(ctx context.Context) error {
	// A watch of one name needs no right on the others, unlike a list.
	seconds := int64(watchSeconds)
	w, err := f.ConfigMaps.Watch(ctx, metav1.ListOptions{
		FieldSelector:       fields.OneTermEqualSelector(metav1.ObjectNameField, f.Pointer).String(),
		ResourceVersion:     f.version,
		AllowWatchBookmarks: true,
		TimeoutSeconds:      &seconds,
	})
	if err != nil {
		return f.ended(err)
	}
	defer w.Stop()
	f.tell(nil)
	for event := range w.ResultChan() {
		if event.Type == watch.Error {
			return f.ended(apierrors.FromObject(event.Object))
		}
		if err := f.take(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

// ended judges the error that a watch ended with. A version that is too old to be
// known is no failure: the pointer is read anew.
func (f *Follower) ended(err error) error {
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		f.version = ""
		return nil
	}
	return fmt.Errorf("watching ConfigMap %q: %w", f.Pointer, err)
}

// take deals with one event of the watch. A deleted pointer changes nothing: good
// data is never replaced by none.
func (f *Follower) take(ctx context.Context, event watch.Event) error {
	pointer, ok := event.Object.(*corev1.ConfigMap)
	if !ok {
		return fmt.Errorf("watching ConfigMap %q: got a %T", f.Pointer, event.Object)
	}
	if event.Type == watch.Added || event.Type == watch.Modified {
		if pointer.Name != f.Pointer {
			return fmt.Errorf("watching ConfigMap %q: got %q", f.Pointer, pointer.Name)
		}
		if err := f.load(ctx, pointer); err != nil {
			return err
		}
	}
	f.version, f.delay = pointer.ResourceVersion, firstDelay
	return nil
}

func (f *Follower) get(ctx context.Context, name string) (*corev1.ConfigMap, error) {
	ctx, cancel := context.WithTimeout(ctx, getTimeout)
	defer cancel()
	object, err := f.ConfigMaps.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap %q: %w", name, err)
	}
	return object, nil
}

// tell reports err if it differs from what was reported last.
func (f *Follower) tell(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == f.told || f.Failed == nil {
		return
	}
	f.told = text
	f.Failed(err)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
