package apiservice

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// requests counts what reached the API server: writes, and reads past the cache.
type requests struct{ writes, liveReads int }

// testApplier has one fake cluster behind the cache and the live reader.
func testApplier(existing ...client.Object) (Applier, client.Client, *requests) {
	count := &requests{}
	cluster := fake.NewClientBuilder().WithObjects(existing...).WithReturnManagedFields().Build()
	writing := interceptor.NewClient(cluster, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			count.writes++
			return c.Create(ctx, o, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			count.writes++
			return c.Patch(ctx, o, p, opts...)
		},
		Apply: func(ctx context.Context, c client.WithWatch, o runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
			count.writes++
			return c.Apply(ctx, o, opts...)
		},
	})
	live := interceptor.NewClient(cluster, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			count.liveReads++
			return c.Get(ctx, key, o, opts...)
		},
	})
	return Applier{Client: writing, Live: live}, cluster, count
}

func mustApply(t *testing.T, a Applier, r Registry) Result {
	t.Helper()
	result, err := a.Apply(t.Context(), mustRender(t, r))
	require.NoError(t, err)
	return result
}

func get[T client.Object](t *testing.T, c client.Client, object T) T {
	t.Helper()
	require.NoError(t, c.Get(t.Context(), client.ObjectKey{Namespace: "team-a", Name: "tools-api"}, object))
	return object
}

func TestApplyCreatesThenCostsNothing(t *testing.T) {
	a, _, count := testApplier()
	result := mustApply(t, a, testRegistry())
	require.Equal(t, []Change{
		{"ServiceAccount", "tools-api", Created},
		{"Role", "tools-api", Created},
		{"RoleBinding", "tools-api", Created},
		{"Deployment", "tools-api", Created},
		{"Service", "tools-api", Created},
	}, result.Changes)
	require.NotNil(t, result.Deployment)

	*count = requests{}
	result = mustApply(t, a, testRegistry())
	require.Empty(t, result.Changes)
	require.NotNil(t, result.Deployment)
	require.Equal(t, requests{}, *count, "an idle reconcile reads from the cache and writes nothing")
}

func TestPitfall17DriftIsCorrected(t *testing.T) {
	cases := map[string]struct {
		why    string
		change func(*appsv1.Deployment)
	}{
		"image":    {"somebody set another image", func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = "other" }},
		"removed":  {"somebody removed the security context", func(d *appsv1.Deployment) { d.Spec.Template.Spec.SecurityContext = nil }},
		"strategy": {"somebody allowed a gap", func(d *appsv1.Deployment) { d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a, cluster, _ := testApplier()
			mustApply(t, a, testRegistry())
			d := get(t, cluster, &appsv1.Deployment{})
			c.change(d)
			require.NoError(t, cluster.Update(t.Context(), d))

			result := mustApply(t, a, testRegistry())
			require.Equal(t, []Change{{"Deployment", "tools-api", Corrected}}, result.Changes, c.why)
			require.True(t, settled(mustRender(t, testRegistry()).Deployment, result.Deployment), c.why)
			require.Empty(t, mustApply(t, a, testRegistry()).Changes)
		})
	}
}

func TestPitfall17UpgradeReachesTheDeployment(t *testing.T) {
	a, cluster, _ := testApplier()
	mustApply(t, a, testRegistry())
	newer := testRegistry()
	newer.Image = "registry.example/operator:v1.3.0"
	mustApply(t, a, newer)
	require.Equal(t, newer.Image, get(t, cluster, &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].Image)
}

func TestPitfall18ForeignObjectIsNotTouched(t *testing.T) {
	for _, kind := range []client.Object{&corev1.ServiceAccount{}, &rbacv1.Role{}, &rbacv1.RoleBinding{}, &appsv1.Deployment{}, &corev1.Service{}} {
		kind.SetNamespace("team-a")
		kind.SetName("tools-api")
		a, cluster, _ := testApplier(kind)
		before := get(t, cluster, emptyLike(kind))
		_, err := a.Apply(t.Context(), mustRender(t, testRegistry()))
		require.ErrorIs(t, err, ErrConflict)
		require.ErrorContains(t, err, "team-a/tools-api", "the message names the object")
		require.Equal(t, before, get(t, cluster, emptyLike(kind)))
	}
}

func TestPitfall18OtherOwner(t *testing.T) {
	other := testRegistry()
	other.UID = "uid-of-a-deleted-registry"
	a, _, _ := testApplier()
	mustApply(t, a, other)
	_, err := a.Apply(t.Context(), mustRender(t, testRegistry()))
	require.ErrorContains(t, err, "garbage collection")
	require.NotErrorIs(t, err, ErrConflict, "it goes away by itself")
}

func TestPitfall18CreatedByOthersMeanwhile(t *testing.T) {
	a, _, _ := testApplier()
	a.Client = interceptor.NewClient(a.Client.(client.WithWatch), interceptor.Funcs{
		Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error {
			return apierrors.NewAlreadyExists(schema.GroupResource{Resource: "serviceaccounts"}, "tools-api")
		},
	})
	_, err := a.Apply(t.Context(), mustRender(t, testRegistry()))
	require.True(t, apierrors.IsAlreadyExists(err), "the next look decides whose it is: %v", err)
}

func TestStaleCache(t *testing.T) {
	a, cluster, count := testApplier()
	mustApply(t, a, testRegistry())
	a.Client = interceptor.NewClient(a.Client.(client.WithWatch), interceptor.Funcs{
		Get: func(_ context.Context, _ client.WithWatch, key client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
			return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
		},
	})
	before := get(t, cluster, &appsv1.Deployment{})
	*count = requests{}
	require.Empty(t, mustApply(t, a, testRegistry()).Changes)
	require.Equal(t, requests{liveReads: 5}, *count, "what the cache does not show yet is not written again")
	require.Equal(t, before, get(t, cluster, &appsv1.Deployment{}))
}

func TestPitfall22OthersFieldsStay(t *testing.T) {
	a, cluster, _ := testApplier()
	mustApply(t, a, testRegistry())
	d := get(t, cluster, &appsv1.Deployment{})
	d.Spec.Replicas = new(int32(5)) // an autoscaler
	d.Spec.Template.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "now"}
	d.Spec.Template.Spec.Containers = append(d.Spec.Template.Spec.Containers, corev1.Container{Name: "injected", Image: "mesh"})
	require.NoError(t, cluster.Update(t.Context(), d, client.FieldOwner("others")))
	require.Empty(t, mustApply(t, a, testRegistry()).Changes)

	newer := testRegistry()
	newer.Image = "registry.example/operator:v1.3.0"
	mustApply(t, a, newer)
	d = get(t, cluster, &appsv1.Deployment{})
	require.EqualValues(t, 5, *d.Spec.Replicas)
	require.Equal(t, "now", d.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"])
	require.Len(t, d.Spec.Template.Spec.Containers, 2)
}

func TestRemovedFieldIsRemoved(t *testing.T) {
	a, cluster, _ := testApplier()
	mustApply(t, a, withTemplate(`{"spec":{"nodeSelector":{"disk":"ssd"}}}`))
	require.NotEmpty(t, get(t, cluster, &appsv1.Deployment{}).Spec.Template.Spec.NodeSelector)
	for range 2 { // first what was created, then what was applied
		mustApply(t, a, testRegistry())
		require.Empty(t, get(t, cluster, &appsv1.Deployment{}).Spec.Template.Spec.NodeSelector)
		mustApply(t, a, withTemplate(`{"spec":{"nodeSelector":{"disk":"ssd"}}}`))
		require.NotEmpty(t, get(t, cluster, &appsv1.Deployment{}).Spec.Template.Spec.NodeSelector)
	}
}

func TestApplyRole(t *testing.T) {
	a, cluster, _ := testApplier()
	r := withTemplate(`{"spec":{"hostNetwork":true}}`)
	r.ChunkNames = []string{"current", "next", "previous"}
	result, err := a.ApplyRole(t.Context(), r)
	require.NoError(t, err, "a bad podTemplateSpec does not keep pods from reading new data")
	require.Len(t, result.Changes, 3)
	require.Nil(t, result.Deployment)

	r.ChunkNames = []string{"next", "current"}
	result, err = a.ApplyRole(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, []Change{{"Role", "tools-api", Corrected}}, result.Changes)
	require.Equal(t, []string{"current", "next", "tools-registry-storage"},
		get(t, cluster, &rbacv1.Role{}).Rules[0].ResourceNames, "a right that is not needed any more goes")
}

func TestChangedBetweenReadAndWrite(t *testing.T) {
	a, cluster, _ := testApplier()
	mustApply(t, a, testRegistry())
	conflicts := 2
	a.Client = interceptor.NewClient(a.Client.(client.WithWatch), interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			if conflicts > 0 {
				conflicts--
				return apierrors.NewConflict(schema.GroupResource{Resource: "deployments"}, o.GetName(), nil)
			}
			return c.Patch(ctx, o, p, opts...)
		},
	})
	newer := testRegistry()
	newer.Image = "registry.example/operator:v1.3.0"
	mustApply(t, a, newer)
	require.Zero(t, conflicts)
	require.Equal(t, newer.Image, get(t, cluster, &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].Image,
		"a Deployment that rolls out changes its status all the time")
}
