package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// patience is for machines that do much else: two hundred registries are much.
const patience = 10 * time.Minute

// settled waits until every registry is in order and serves what its sources say.
func (w *world) settled(t *testing.T, r *readers) {
	t.Helper()
	for _, tm := range w.teams {
		cluster.Within(t, patience, tm.name+" to serve what its sources say", func(ctx context.Context) error {
			r.requireNothingWrong(t)
			if err := tm.served.upToDate(); err != nil {
				return fmt.Errorf("%w; its status: %s", err, w.status(ctx, tm))
			}
			return tm.answers(ctx)
		})
		if tm.podless {
			w.Condition(t, tm.object, v1alpha1.ConditionSyncSuccessful, metav1.ConditionTrue, "")
			continue
		}
		w.Ready(t, tm.object)
	}
}

func (w *world) status(ctx context.Context, tm *team) string {
	if err := w.Client.Get(ctx, client.ObjectKeyFromObject(tm.object), tm.object); err != nil {
		return err.Error()
	}
	said, _ := json.Marshal(tm.object.Status)
	return string(said)
}

// answers asks the API service that follows the registry.
func (tm *team) answers(ctx context.Context) error {
	want := 0
	for _, o := range tm.origins {
		_, truth := o.now()
		want += len(truth.servers)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "/v0.1/servers?limit=100", nil)
	if err != nil {
		return err
	}
	answer := httptest.NewRecorder()
	tm.service.Handler().ServeHTTP(answer, request)
	var page struct{ Servers []json.RawMessage }
	if err := json.Unmarshal(answer.Body.Bytes(), &page); err != nil || len(page.Servers) != want {
		return fmt.Errorf("%s answers %d with %d servers, its sources have %d: %w", tm.name, answer.Code, len(page.Servers), want, err)
	}
	return nil
}

// nothingLeftOver waits until there is just what the registries need.
func (w *world) nothingLeftOver(t *testing.T) {
	t.Helper()
	cluster.Eventually(t, "nothing to be left over", func(ctx context.Context) error {
		return w.leftOver(ctx)
	})
}

func (w *world) leftOver(ctx context.Context) error {
	workloads := sets.New[string]()
	for _, tm := range w.teams {
		workloads.Insert(v1alpha1.APIName(tm.name))
	}
	for _, list := range []client.ObjectList{
		&appsv1.DeploymentList{}, &corev1.ServiceList{}, &corev1.ServiceAccountList{}, &rbacv1.RoleList{}, &rbacv1.RoleBindingList{},
	} {
		have, err := w.names(ctx, list)
		if err == nil {
			err = same(fmt.Sprintf("%T", list), workloads, have)
		}
		if err != nil {
			return err
		}
	}
	var all corev1.ConfigMapList
	have, err := w.names(ctx, &all)
	if err != nil {
		return err
	}
	needed, err := w.needed(all.Items)
	if err != nil {
		return err
	}
	return same("ConfigMaps", needed, have)
}

// needed are the pointers, and the chunks that they name.
func (w *world) needed(all []corev1.ConfigMap) (sets.Set[string], error) {
	needed := sets.New[string]()
	for _, tm := range w.teams {
		needed.Insert(v1alpha1.StorageName(tm.name))
		for _, s := range tm.object.Spec.Sources {
			needed.Insert(v1alpha1.SourceStorageName(tm.name, s.Name))
		}
	}
	for i := range all {
		if all[i].Data[v1alpha1.StorageKeyManifest] == "" {
			continue
		}
		manifest, err := manifestOf(&all[i])
		if err != nil {
			return nil, err
		}
		chunks := slices.Concat(manifest.Chunks, manifest.Previous)
		for _, past := range manifest.History {
			chunks = append(chunks, past.Chunks...)
		}
		for _, c := range chunks {
			needed.Insert(c.Name)
		}
	}
	return needed, nil
}

// names are those of the objects that the operator manages.
func (w *world) names(ctx context.Context, list client.ObjectList) (sets.Set[string], error) {
	err := w.Client.List(ctx, list, client.InNamespace(namespace), client.MatchingLabels{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy})
	if err != nil {
		return nil, err
	}
	names := sets.New[string]()
	return names, meta.EachListItem(list, func(o runtime.Object) error {
		names.Insert(o.(metav1.Object).GetName())
		return nil
	})
}

func same(what string, want, have sets.Set[string]) error {
	more, less := sets.List(have.Difference(want)), sets.List(want.Difference(have))
	if len(more)+len(less) > 0 {
		return fmt.Errorf("%s: left over are %s; missing are %s", what, strings.Join(more, ", "), strings.Join(less, ", "))
	}
	return nil
}

// deleteSome deletes a part of the registries, and stops looking at them.
func (w *world) deleteSome(t *testing.T, count int) {
	t.Helper()
	for _, tm := range w.teams[:count] {
		tm.deleted.Store(true)
		require.NoError(t, w.Client.Delete(t.Context(), tm.object))
	}
	w.teams = w.teams[count:]
}

// requireEmptyScratch: not even a kill leaves files behind.
func (o *operator) requireEmptyScratch(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(o.scratch)
	require.NoError(t, err)
	require.Empty(t, left, "the scratch folder")
}
