package configmap_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/uuid"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/configmap"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// cluster is an API server that counts requests and can be made to fail. The
// methods of storagetest.Damager act on it behind the counters.
type cluster struct {
	client.WithWatch
	live client.Client

	// bodies and headers are reads with and without content.
	bodies, headers, writes int
	// left is the number of writes that still succeed; negative is no limit.
	left int
}

func newCluster() *cluster {
	c := &cluster{WithWatch: fake.NewClientBuilder().Build(), left: -1}
	c.live = interceptor.NewClient(c.WithWatch, interceptor.Funcs{
		Get: func(ctx context.Context, w client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
			if _, header := obj.(*metav1.PartialObjectMetadata); header {
				c.headers++
			} else {
				c.bodies++
			}
			return w.Get(ctx, key, obj, opts...)
		},
		List: func(ctx context.Context, w client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			c.headers++
			return w.List(ctx, list, opts...)
		},
		Create: func(ctx context.Context, w client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			return c.write(func() error { return c.Create(ctx, obj, opts...) })
		},
		Patch: func(ctx context.Context, w client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
			return c.write(func() error { return c.patch(ctx, obj, patch, opts...) })
		},
		Delete: func(ctx context.Context, w client.WithWatch, obj client.Object, opts ...client.DeleteOption) error {
			return c.write(func() error { return w.Delete(ctx, obj, opts...) })
		},
	})
	return c
}

func (c *cluster) write(do func() error) error {
	c.writes++
	if c.left == 0 {
		return errors.New("the API server is gone")
	}
	if c.left > 0 {
		c.left--
	}
	return do()
}

// Create adds what the fake client lacks: a UID for every object.
func (c *cluster) Create(ctx context.Context, obj client.Object, opts ...client.CreateOption) error {
	obj.SetUID(uuid.NewUUID())
	return c.WithWatch.Create(ctx, obj, opts...)
}

// patch adds what the fake client lacks: an immutable ConfigMap stays as it is.
func (c *cluster) patch(ctx context.Context, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
	var before corev1.ConfigMap
	if err := c.Get(ctx, client.ObjectKeyFromObject(obj), &before); err != nil {
		return err
	}
	if ptr.Deref(before.Immutable, false) {
		return apierrors.NewInvalid(schema.GroupKind{Kind: "ConfigMap"}, obj.GetName(), nil)
	}
	return c.Patch(ctx, obj, patch, opts...)
}

// manager returns a backend whose cache is always up to date.
func (c *cluster) manager() *configmap.Manager {
	return configmap.New(c.live, c.WithWatch, clocktesting.NewFakePassiveClock(noon))
}

func (c *cluster) Writes() int      { return c.writes }
func (c *cluster) FailWrites(n int) { c.left = n }

func (c *cluster) requests() int { return c.bodies + c.headers + c.writes }

func (c *cluster) get(t *testing.T, owner storage.Owner, name string) *corev1.ConfigMap {
	t.Helper()
	var cm corev1.ConfigMap
	require.NoError(t, c.Get(t.Context(), client.ObjectKey{Namespace: owner.Namespace, Name: name}, &cm))
	return &cm
}

func (c *cluster) pointer(t *testing.T, owner storage.Owner) *corev1.ConfigMap {
	t.Helper()
	return c.get(t, owner, pointerName(owner))
}

func (c *cluster) Chunks(t *testing.T, owner storage.Owner) []string {
	t.Helper()
	var list corev1.ConfigMapList
	require.NoError(t, c.List(t.Context(), &list, client.InNamespace(owner.Namespace)))
	var names []string
	for i := range list.Items {
		name, ref := list.Items[i].Name, metav1.GetControllerOf(&list.Items[i])
		if ref != nil && ref.UID == owner.UID && chunkName(pointerName(owner)).MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func pointerName(owner storage.Owner) string {
	if owner.Slot != "" {
		return owner.Name + "-registry-source-" + owner.Slot
	}
	return owner.Name + "-registry-storage"
}

func chunkName(pointer string) *regexp.Regexp {
	return regexp.MustCompile("^" + pointer + "-[0-9a-f]{8}-[0-9]+$")
}

func (c *cluster) RemovePointer(t *testing.T, owner storage.Owner) {
	t.Helper()
	require.NoError(t, c.Delete(t.Context(), c.pointer(t, owner)))
}

func (c *cluster) CorruptPointer(t *testing.T, owner storage.Owner) {
	t.Helper()
	cm := c.pointer(t, owner)
	cm.Data = map[string]string{v1alpha1.StorageKeyManifest: "{"}
	require.NoError(t, c.Update(t.Context(), cm))
}

func (c *cluster) RemoveChunk(t *testing.T, owner storage.Owner, name string) {
	t.Helper()
	require.NoError(t, c.Delete(t.Context(), c.get(t, owner, name)))
}

// CorruptChunk does what a person has to do with an immutable object.
func (c *cluster) CorruptChunk(t *testing.T, owner storage.Owner, name string) {
	t.Helper()
	cm := c.get(t, owner, name)
	require.NoError(t, c.Delete(t.Context(), cm))
	cm.ResourceVersion = ""
	cm.BinaryData[v1alpha1.StorageKeyChunk][3] ^= 1
	require.NoError(t, c.Create(t.Context(), cm))
}

func (c *cluster) OccupyPointer(t *testing.T, owner storage.Owner) func(*testing.T) {
	t.Helper()
	return c.OccupyChunk(t, owner, pointerName(owner))
}

// OccupyChunk makes an object that has all our labels, but not our owner.
func (c *cluster) OccupyChunk(t *testing.T, owner storage.Owner, name string) func(*testing.T) {
	t.Helper()
	require.NoError(t, c.Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: owner.Namespace, Name: name, Labels: map[string]string{
			v1alpha1.LabelRegistry: owner.Name, v1alpha1.LabelManagedBy: v1alpha1.ManagedBy,
			v1alpha1.LabelComponent: v1alpha1.ComponentStorage, "app.kubernetes.io/name": "mcp-registry",
		}},
		Data: map[string]string{"precious": strings.Repeat("data", 10)},
	}))
	before := c.get(t, owner, name)
	return func(t *testing.T) {
		t.Helper()
		require.Equal(t, before, c.get(t, owner, name))
	}
}
