package configmap_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/configmap"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/sourcetest"
)

const (
	namespace = "team-a"
	name      = "servers"
	key       = "registry.json"
)

// harness keeps one ConfigMap in an API whose live content reads it counts.
type harness struct {
	t      *testing.T
	api    client.WithWatch
	reads  int
	broken error
	made   int
}

func newHarness(t *testing.T) *harness {
	h := &harness{t: t}
	h.api = fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{Get: h.get}).Build()
	return h
}

func (h *harness) get(ctx context.Context, c client.WithWatch, k client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, content := o.(*corev1.ConfigMap); content {
		h.reads++
		if h.broken != nil {
			return h.broken
		}
	}
	return c.Get(ctx, k, o, opts...)
}

func (h *harness) fetcherFor(k string) *configmap.Fetcher {
	return configmap.New(h.api, h.api, configmap.Config{Namespace: namespace, Name: name, Key: k, MaxBytes: sourcetest.Limit})
}

func (h *harness) Fetcher() source.Fetcher { return h.fetcherFor(key) }

func (h *harness) Put(data []byte) {
	h.put(&corev1.ConfigMap{Data: map[string]string{key: string(data)}})
}

func (h *harness) put(cm *corev1.ConfigMap) {
	cm.ObjectMeta = metav1.ObjectMeta{Namespace: namespace, Name: name}
	var old corev1.ConfigMap
	if err := h.api.Get(context.Background(), client.ObjectKeyFromObject(cm), &old); err == nil {
		cm.UID, cm.ResourceVersion = old.UID, old.ResourceVersion
		require.NoError(h.t, h.api.Update(context.Background(), cm))
	} else {
		h.made++
		cm.UID = types.UID(fmt.Sprintf("uid-%d", h.made))
		require.NoError(h.t, h.api.Create(context.Background(), cm))
	}
	h.reads = 0
}

func (h *harness) Remove() {
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	require.NoError(h.t, h.api.Delete(context.Background(), cm))
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Harness { return newHarness(t) })
}

func TestUnchangedMakesNoRequest(t *testing.T) {
	h := newHarness(t)
	h.Put([]byte("one"))
	first, err := h.Fetcher().Fetch(t.Context(), "")
	require.NoError(t, err)
	h.reads = 0

	again, err := h.Fetcher().Fetch(t.Context(), first.Revision)
	require.NoError(t, err)
	require.True(t, again.Unchanged)
	require.Zero(t, h.reads, "idle costs nothing: the cache knew")
}

func TestRecreatedConfigMapIsAnotherRevision(t *testing.T) {
	h := newHarness(t)
	h.Put([]byte("one"))
	first, err := h.Fetcher().Fetch(t.Context(), "")
	require.NoError(t, err)
	h.Remove()
	h.Put([]byte("two"))
	second, err := h.Fetcher().Fetch(t.Context(), first.Revision)
	require.NoError(t, err)
	require.NotEqual(t, first.Revision, second.Revision,
		"a fresh object may start at the same resourceVersion, its uid never repeats")
	require.Equal(t, "two", string(second.Data()))
}

func TestLaggingCacheDecidesNothing(t *testing.T) {
	h := newHarness(t)
	h.Put([]byte("one"))
	empty := fake.NewClientBuilder().Build()
	fetcher := configmap.New(h.api, empty, configmap.Config{Namespace: namespace, Name: name, Key: key})
	content, err := fetcher.Fetch(t.Context(), "uid-1/older")
	require.NoError(t, err, "a NotFound of the cache is confirmed by a live read")
	require.Equal(t, "one", string(content.Data()))

	again, err := fetcher.Fetch(t.Context(), content.Revision)
	require.NoError(t, err)
	require.True(t, again.Unchanged)
}

func TestBinaryData(t *testing.T) {
	h := newHarness(t)
	h.put(&corev1.ConfigMap{BinaryData: map[string][]byte{key: {0x1f, 0x8b}}})
	content, err := h.Fetcher().Fetch(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, []byte{0x1f, 0x8b}, content.Data())
}

func TestMissingConfigMapSaysWhatToDo(t *testing.T) {
	_, err := newHarness(t).Fetcher().Fetch(t.Context(), "")
	require.EqualError(t, err,
		`ConfigMap "servers" does not exist in namespace "team-a": create it or correct the source's name`)
}

func TestMissingKeyNamesTheExistingOnes(t *testing.T) {
	tests := map[string]struct {
		why  string
		data map[string]string
		want string
	}{
		"one":  {why: "a typo is seen at once", data: map[string]string{"registry.yaml": ""}, want: "it has registry.yaml"},
		"none": {why: "an empty list would read oddly", want: "it is empty"},
		"many": {
			why:  "a message in status stays short",
			data: map[string]string{"a": "", "b": "", "c": "", "d": "", "e": "", "f": "", "g": ""},
			want: "it has a, b, c, d, e and 2 more",
		},
	}
	for n, tt := range tests {
		t.Run(n, func(t *testing.T) {
			h := newHarness(t)
			h.put(&corev1.ConfigMap{Data: tt.data})
			_, err := h.Fetcher().Fetch(t.Context(), "")
			require.Equal(t, fault.Terminal, fault.ClassOf(err), tt.why)
			require.Equal(t, source.ReasonInvalidReference, fault.ReasonOf(err, ""))
			require.EqualError(t, err, `ConfigMap "servers" has no key "registry.json": `+tt.want, tt.why)
		})
	}
}

func TestFailingAPIIsRetried(t *testing.T) {
	h := newHarness(t)
	h.broken = errors.New("etcd is busy")
	_, err := h.Fetcher().Fetch(t.Context(), "")
	require.ErrorIs(t, err, h.broken)
	require.Equal(t, fault.Retry, fault.ClassOf(err))
	require.Equal(t, source.ReasonUnavailable, fault.ReasonOf(err, ""))
}
