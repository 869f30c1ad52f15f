package configmap_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/configmap"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/sourcetest"
)

var ours = map[string]string{"catalogue": "yes"}

// labelled is an API in which ConfigMaps are listed with their content, which it counts.
type labelled struct {
	t     *testing.T
	api   client.WithWatch
	reads int
	err   error
}

func newLabelled(t *testing.T) *labelled {
	l := &labelled{t: t}
	l.api = fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, content := list.(*corev1.ConfigMapList); content {
				l.reads++
				if l.err != nil {
					return l.err
				}
			}
			return c.List(ctx, list, opts...)
		},
	}).Build()
	return l
}

func (l *labelled) put(name string, labels, data map[string]string) {
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	err := l.api.Get(l.t.Context(), client.ObjectKeyFromObject(cm), cm)
	cm.Labels, cm.Data, cm.UID = labels, data, types.UID(name)
	if err == nil {
		require.NoError(l.t, l.api.Update(l.t.Context(), cm))
		return
	}
	require.NoError(l.t, l.api.Create(l.t.Context(), cm))
}

func (l *labelled) remove(name string) {
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	require.NoError(l.t, l.api.Delete(l.t.Context(), cm))
}

func (l *labelled) Fetcher() source.Fetcher { return l.selected() }

func (l *labelled) selected() *configmap.Selected {
	return configmap.Select(l.api, l.api, labels.SelectorFromSet(ours), configmap.Config{Namespace: namespace, Key: key, MaxBytes: sourcetest.Limit})
}

func (l *labelled) Put(data []byte) { l.put("servers", ours, map[string]string{key: string(data)}) }
func (l *labelled) Remove()         { l.remove("servers") }

func TestSelectedConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Harness { return newLabelled(t) })
}

func TestSelected(t *testing.T) {
	l := newLabelled(t)
	fetcher := l.selected()
	seen := map[source.Revision]bool{}
	look := func(want ...string) {
		t.Helper()
		revision, err := fetcher.Revision(t.Context())
		require.NoError(t, err)
		require.False(t, seen[revision], "every change gives a revision of its own")
		seen[revision] = true
		content, err := fetcher.Fetch(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, revision, content.Revision, "the cache and the API server tell the same")
		var got []string
		for _, f := range content.Files {
			got = append(got, f.Name+"="+string(f.Data))
		}
		require.Equal(t, want, got)

		reads := l.reads
		again, err := fetcher.Fetch(t.Context(), revision)
		require.NoError(t, err)
		require.True(t, again.Unchanged)
		require.Equal(t, reads, l.reads, "idle costs nothing: the cache knew")
	}
	l.put("b", ours, map[string]string{key: "two"})
	l.put("other", nil, map[string]string{"unrelated": ""})
	look("b=two")
	l.put("a", ours, map[string]string{key: "one"})
	look("a=one", "b=two")
	l.put("b", ours, map[string]string{key: "2"})
	look("a=one", "b=2")
	l.put("a", nil, map[string]string{key: "one"})
	look("b=2")
	l.remove("b")
	revision, err := fetcher.Revision(t.Context())
	require.NoError(t, err)
	require.Equal(t, configmap.Absent, revision)
	_, err = fetcher.Fetch(t.Context(), "")
	require.EqualError(t, err, `no ConfigMap in namespace "team-a" matches "catalogue=yes": label one or correct the source's selector`)
}

func TestSelectedTrouble(t *testing.T) {
	tests := map[string]struct {
		why   string
		given func(*labelled)
		class fault.Class
		want  string
	}{
		"one without the key": {
			why: "nobody can tell what it should have held", class: fault.Terminal, want: `ConfigMap "b" has no key "registry.json"`,
			given: func(l *labelled) { l.put("b", ours, map[string]string{"else": ""}) },
		},
		"too large together": {
			why: "the limit is for the source, not for each of its files", class: fault.Terminal, want: "larger than the limit",
			given: func(l *labelled) {
				half := strings.Repeat("x", sourcetest.Limit/2+1)
				l.put("b", ours, map[string]string{key: half})
				l.put("c", ours, map[string]string{key: half})
			},
		},
		"API down": {
			why: "it may pass", class: fault.Retry, want: "etcd is busy",
			given: func(l *labelled) { l.err = errors.New("etcd is busy") },
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLabelled(t)
			l.put("a", ours, map[string]string{key: "one"})
			tc.given(l)
			_, err := l.Fetcher().Fetch(t.Context(), "")
			require.ErrorContains(t, err, tc.want, tc.why)
			require.Equal(t, tc.class, fault.ClassOf(err), tc.why)
		})
	}
}
