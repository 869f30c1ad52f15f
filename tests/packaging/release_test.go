package packaging

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// release is a release of the chart in a namespace of its own, with registries in
// another one.
type release struct {
	*world
	helm         helm
	name, system string
	registry     *v1alpha1.MCPRegistry
	guarded      *v1alpha1.MCPRegistry // its clients log in with tokens of the cluster
	source       *corev1.ConfigMap
	reader       *reader
}

func newRelease(t *testing.T, w *world, h helm) *release {
	t.Helper()
	l := &release{world: w, name: "registries", system: w.newNamespace(t, "system")}
	l.helm = h.in(l.system)
	t.Cleanup(func() { l.helm.run(t, "uninstall", l.name, "--ignore-not-found") })
	return l
}

// installed installs the previous version and makes registries. From then on
// somebody reads one of them.
func (l *release) installed(t *testing.T) {
	t.Helper()
	l.helm.run(t, "install", l.name, l.previous, "--set", "tokenReview.enabled=true")
	team := l.newNamespace(t, "team")
	l.registry, l.source = fixture.FromConfigMap(team, "team"), fixture.Source(team, "team", fixture.ToolHive("one"))
	l.registry.Spec.DisplayName = "not known yet"
	l.guarded = fixture.FromConfigMap(team, "guarded")
	l.guarded.Spec.Source.ConfigMap.Name = l.source.Name
	l.guarded.Spec.API = &v1alpha1.API{
		TLS:  &v1alpha1.APITLS{SecretName: "tls"},
		Auth: &v1alpha1.APIAuth{Type: v1alpha1.AuthTypeTokenReview, TokenReview: &v1alpha1.TokenReviewAuth{Audiences: []string{"registry"}}},
	}
	chain, key := fixture.Certificate(t, "guarded-api."+team+".svc")
	l.Create(t, l.source, l.registry, l.guarded, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "tls"}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{corev1.TLSCertKey: chain, corev1.TLSPrivateKeyKey: key},
	})
	l.Ready(t, l.registry)
	l.Ready(t, l.guarded)
	require.Empty(t, l.registry.Spec.DisplayName, "the previous definition knows the new field")
	l.runs(t, l.old)
	l.mayReview(t)
	l.reader = l.read(t, l.registry)
}

// upgraded: the new version brings the definition and the API services with it,
// and what is new can be used.
func (l *release) upgraded(t *testing.T) {
	t.Helper()
	l.helm.run(t, "upgrade", l.name, l.current, "--set", "tokenReview.enabled=true")
	l.mayReview(t)
	l.runs(t, l.image)
	cluster.Edit(t, l.Cluster, l.registry, func(r *v1alpha1.MCPRegistry) { r.Spec.DisplayName = "Our team" })
	require.Equal(t, "Our team", l.registry.Spec.DisplayName)
	l.Ready(t, l.registry)
	cluster.Eventually(t, "the new field in the API", func(ctx context.Context) error {
		var is struct{ DisplayName string }
		err := fetch(ctx, l.address(t, l.registry)+"/v0.1/x/registry", &is)
		if err == nil && is.DisplayName != "Our team" {
			err = fmt.Errorf("it says %q", is.DisplayName)
		}
		return err
	})
	l.reader.check(t, "the upgrade")
}

// rolledBack: the previous version works as before, without what it does not know.
func (l *release) rolledBack(t *testing.T) {
	t.Helper()
	l.helm.run(t, "rollback", l.name, "1")
	l.mayReview(t)
	l.runs(t, l.old)
	l.Ready(t, l.registry)
	require.Empty(t, l.registry.Spec.DisplayName)
	l.edited(t, "one", "back")
	l.reader.check(t, "the rollback")
}

// uninstalled: registries and their data outlive the operator, and are served.
func (l *release) uninstalled(t *testing.T) {
	t.Helper()
	before := l.stored(t)
	l.helm.run(t, "uninstall", l.name)

	crd := &apiextensionsv1.CustomResourceDefinition{}
	require.NoError(t, l.Client.Get(t.Context(), client.ObjectKey{Name: definition}, crd))
	require.NoError(t, l.Client.Get(t.Context(), client.ObjectKeyFromObject(l.registry), l.registry))
	require.Equal(t, before, l.stored(t))
	cluster.Eventually(t, "the operator to be gone", func(ctx context.Context) error {
		var left corev1.PodList
		err := l.Client.List(ctx, &left, client.InNamespace(l.system))
		if err == nil && len(left.Items) > 0 {
			err = fmt.Errorf("Pod %s is there", left.Items[0].Name)
		}
		return err
	})
	l.serves(t, l.registry, "one", "back")
	l.reader.check(t, "the uninstallation")
}

// adopted: a release of the same name takes over what is there, and does what was
// left undone. "helm test" says that it works.
func (l *release) adopted(t *testing.T) {
	t.Helper()
	made := l.runs(t, l.old)
	cluster.Edit(t, l.Cluster, l.source, func(cm *corev1.ConfigMap) { cm.Data[v1alpha1.DefaultFile] = fixture.ToolHive("one", "later") })
	l.helm.run(t, "install", l.name, l.current, "--set", "tokenReview.enabled=true")
	l.serves(t, l.registry, "one", "later")
	require.Equal(t, made, l.runs(t, l.image), "the API service was made anew")
	l.Ready(t, l.registry)
	l.Ready(t, l.guarded)
	l.mayReview(t)
	l.helm.run(t, "test", l.name)
	l.reader.check(t, "the new installation")
}

// renamed: a release of another name takes the definition over when it is told to.
func (l *release) renamed(t *testing.T) {
	t.Helper()
	l.helm.run(t, "uninstall", l.name)
	l.name = "renamed"
	_, err := l.helm.try(t, "install", l.name, l.current)
	require.ErrorContains(t, err, "invalid ownership metadata")
	l.helm.run(t, "install", l.name, l.current, "--take-ownership")
	l.edited(t, "one", "renamed")
	l.reader.check(t, "the new installation under another name")
}

// edited changes what the registry is made from, and waits until it is served.
func (l *release) edited(t *testing.T, servers ...string) {
	t.Helper()
	cluster.Edit(t, l.Cluster, l.source, func(cm *corev1.ConfigMap) { cm.Data[v1alpha1.DefaultFile] = fixture.ToolHive(servers...) })
	l.serves(t, l.registry, servers...)
}

// runs waits until the registry's API service runs this image and no other. It
// returns which Deployment that is.
func (l *release) runs(t *testing.T, image cluster.Image) types.UID {
	t.Helper()
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: l.registry.Namespace, Name: v1alpha1.APIName(l.registry.Name)}}
	want := image.Repository + ":" + image.Tag
	cluster.Eventually(t, "the API service to run "+want, func(ctx context.Context) error {
		if err := l.Client.Get(ctx, client.ObjectKeyFromObject(deployment), deployment); err != nil {
			return err
		}
		s := deployment.Status
		if is := deployment.Spec.Template.Spec.Containers[0].Image; is != want || s.ObservedGeneration != deployment.Generation ||
			s.UpdatedReplicas != s.Replicas || s.AvailableReplicas != s.Replicas {
			return fmt.Errorf("image %s, status %+v", is, s)
		}
		return nil
	})
	return deployment.UID
}

// mayReview fails unless the guarded registry's API service may review tokens: the
// operator wrote that into an object of the release, and Helm left it alone.
func (l *release) mayReview(t *testing.T) {
	t.Helper()
	var bindings rbacv1.ClusterRoleBindingList
	require.NoError(t, l.Client.List(t.Context(), &bindings, client.MatchingLabels{"app.kubernetes.io/instance": l.name}))
	index := slices.IndexFunc(bindings.Items, func(b rbacv1.ClusterRoleBinding) bool { return strings.HasSuffix(b.Name, ":token-review") })
	require.GreaterOrEqual(t, index, 0)
	require.Len(t, bindings.Items[index].Subjects, 1)
	require.Equal(t, l.guarded.Namespace, bindings.Items[index].Subjects[0].Namespace)
}

// appliedBy fails unless Helm applied the operator's Deployment in this way alone.
func (l *release) appliedBy(t *testing.T, operation metav1.ManagedFieldsOperationType) {
	t.Helper()
	var found []metav1.ManagedFieldsOperationType
	for _, entry := range l.operator(t, l.system).ManagedFields {
		if entry.Manager == "helm" {
			found = append(found, entry.Operation)
		}
	}
	require.Equal(t, []metav1.ManagedFieldsOperationType{operation}, found)
}

// stored is what the registry's data is, in the state that it is in.
func (l *release) stored(t *testing.T) *corev1.ConfigMap {
	t.Helper()
	pointer := &corev1.ConfigMap{}
	key := client.ObjectKey{Namespace: l.registry.Namespace, Name: v1alpha1.StorageName(l.registry.Name)}
	require.NoError(t, l.Client.Get(t.Context(), key, pointer))
	return pointer
}
