package election

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ErrLost means that the lock is gone or belongs to another Pod, so another replica may
// lead. The process has to end.
var ErrLost = errors.New("the leader's lock is lost")

// pollInterval is the pause between two looks at the lock while it cannot be watched.
const pollInterval = 10 * time.Second

// guard watches the lock of a leader.
type guard struct {
	client client.WithWatch
	lock   types.NamespacedName
	pod    string
	uid    types.UID
	pause  time.Duration
}

// learn finds out who we are. A name is not enough: a Pod of a StatefulSet comes
// back under the name of the one that still owns the lock.
func (g *guard) learn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var pod corev1.Pod
	key := types.NamespacedName{Namespace: g.lock.Namespace, Name: g.pod}
	if err := g.client.Get(ctx, key, &pod); err != nil {
		return fmt.Errorf("read the operator's own Pod %q: %w", key, err)
	}
	g.uid = pod.UID
	_, err := g.look(ctx)
	return err
}

// keep returns [ErrLost] when the lock is lost, and nil when ctx is done. While the
// API server cannot be reached nothing is known, and nothing can be written either.
func (g *guard) keep(ctx context.Context) error {
	version := ""
	for {
		var err error
		if version == "" {
			version, err = g.look(ctx)
		}
		if err == nil {
			version, err = g.watch(ctx, version)
		}
		if errors.Is(err, ErrLost) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(g.pause):
		}
	}
}

// look reads the lock and returns its resourceVersion, from which a watch misses nothing.
func (g *guard) look(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var lock corev1.ConfigMap
	err := g.client.Get(ctx, g.lock, &lock)
	if apierrors.IsNotFound(err) {
		return "", fmt.Errorf("%w: ConfigMap %q does not exist", ErrLost, g.lock)
	}
	if err != nil {
		return "", fmt.Errorf("read the leader's lock %q: %w", g.lock, err)
	}
	return lock.ResourceVersion, g.check(&lock)
}

// watch returns when the lock is lost or the watch cannot be opened or has ended,
// with the version from which another watch can go on; "" if none can.
func (g *guard) watch(ctx context.Context, version string) (string, error) {
	watcher, err := g.client.Watch(ctx, &corev1.ConfigMapList{}, &client.ListOptions{
		Namespace:     g.lock.Namespace,
		FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, g.lock.Name),
		Raw:           &metav1.ListOptions{ResourceVersion: version, AllowWatchBookmarks: true},
	})
	if err != nil {
		return "", fmt.Errorf("watch the leader's lock %q: %w", g.lock, err)
	}
	defer watcher.Stop()
	for {
		select {
		case <-ctx.Done():
			return "", nil
		case event, open := <-watcher.ResultChan():
			if !open {
				return version, nil
			}
			if event.Type == watch.Error {
				return "", nil
			}
			if err := g.judge(event); err != nil {
				return "", err
			}
			if lock, ok := event.Object.(*corev1.ConfigMap); ok {
				version = lock.ResourceVersion
			}
		}
	}
}

func (g *guard) judge(event watch.Event) error {
	lock, ok := event.Object.(*corev1.ConfigMap)
	if !ok || lock.Name != g.lock.Name {
		return nil
	}
	if event.Type == watch.Deleted {
		return fmt.Errorf("%w: ConfigMap %q was deleted", ErrLost, g.lock)
	}
	return g.check(lock)
}

func (g *guard) check(lock *corev1.ConfigMap) error {
	for _, owner := range lock.OwnerReferences {
		if owner.Kind == "Pod" && owner.UID == g.uid {
			return nil
		}
	}
	return fmt.Errorf("%w: ConfigMap %q is not owned by Pod %q with UID %s", ErrLost, g.lock, g.pod, g.uid)
}
