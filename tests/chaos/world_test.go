package chaos

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

const (
	namespace = "chaos"
	// size is how many registries there are.
	size = 200
)

// team is one registry with its sources.
type team struct {
	name    string
	object  *v1alpha1.MCPRegistry
	origins []*origin
	// podless registries have a Deployment without Pods, which Kubernetes would need
	// minutes to make for all.
	podless bool
	// acknowledged is true once something was stored, deleted when the registry is to go.
	acknowledged, deleted atomic.Bool
	// service serves what is stored, and served judges it.
	service *apiserver.Server
	served  *witness
}

// world is everything around the operator.
type world struct {
	*cluster.Cluster
	chance *chance

	maps      *configMaps
	files     *files
	mirrors   *registries
	gits      *repositories
	artifacts *artifacts
	places    []place

	teams   []*team
	origins []*origin
}

func newWorld(t *testing.T, chance *chance) *world {
	t.Helper()
	w := &world{Cluster: cluster.ControlPlane(t), chance: chance}
	w.Create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	w.maps = &configMaps{t: t, Cluster: w.Cluster, namespace: namespace}
	w.files, w.mirrors, w.gits, w.artifacts = newFiles(t), newRegistries(t), newRepositories(t), newArtifacts(t)
	w.places = []place{w.maps, w.files, w.mirrors, w.gits, w.artifacts}
	for i := range size {
		w.addTeam(t, i)
	}
	w.RunKubelet(t, client.HasLabels{v1alpha1.LabelRegistry})
	return w
}

// authorities are those of all servers.
func (w *world) authorities() []byte {
	all := [][]byte{w.files.authority, w.mirrors.authority, w.gits.server.CAPEM(), w.artifacts.server.CAPEM()}
	var joined []byte
	for _, pem := range all {
		joined = append(joined, pem...)
	}
	return joined
}

// addTeam makes registry i. Every sixth has several sources, of different types.
func (w *world) addTeam(t *testing.T, i int) {
	t.Helper()
	tm := &team{name: fmt.Sprintf("team%03d", i)}
	loose, hides := i%10 == 3, i%4 == 1
	tm.object = &v1alpha1.MCPRegistry{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: tm.name},
		Spec:       v1alpha1.MCPRegistrySpec{SyncPolicy: &v1alpha1.SyncPolicy{Interval: "10s", Timeout: "4s"}},
	}
	if tm.podless = i%4 != 0; tm.podless {
		tm.object.Spec.API = &v1alpha1.API{Replicas: ptr.To[int32](0)}
	}
	if loose {
		tm.object.Spec.SyncPolicy.AllowEmpty, tm.object.Spec.SyncPolicy.MaxRemovalPercent = true, ptr.To[int32](100)
	}
	if hides {
		tm.object.Spec.Filter = &v1alpha1.Filter{Names: &v1alpha1.Patterns{Exclude: []string{"*-hidden"}}}
	}
	var sources []v1alpha1.NamedSource
	count := 1
	if i%6 == 5 {
		count = 2 + i%2
	}
	for n := range count {
		name := string(rune('a' + n))
		o := &origin{id: tm.name + name, place: w.places[(i+n)%len(w.places)], loose: loose, hides: hides}
		o.fat = o.place == place(w.files) && i%40 == 1
		o.pinned = o.place == place(w.files) && !loose && i%20 == 6
		file := o.next(t, w.chance)
		o.place.put(o.id, file)
		s := o.place.source(o.id)
		if o.pinned {
			s.HTTP.SHA256 = strings.TrimPrefix(string(registry.DigestOf(file)), "sha256:")
		}
		tm.origins, w.origins = append(tm.origins, o), append(w.origins, o)
		sources = append(sources, v1alpha1.NamedSource{Name: name, Source: s})
	}
	if tm.object.Spec.Source = sources[0].Source; count > 1 {
		tm.object.Spec.Source, tm.object.Spec.Sources = v1alpha1.Source{}, sources
	}
	w.teams = append(w.teams, tm)
}

// disturb does something to one source after the other until ctx ends, and now
// and then deletes what the operator made.
func (w *world) disturb(ctx context.Context, t *testing.T) (changes, lies, troubles, deletions int) {
	t.Helper()
	for ; ctx.Err() == nil; wait(ctx, 30*time.Millisecond) {
		o := pick(w.chance, w.origins)
		switch draw := w.chance.below(100); {
		case draw < 5:
			w.deleteOne(ctx, t)
			deletions++
		case draw < 40 && !o.pinned:
			o.place.put(o.id, o.next(t, w.chance))
			changes++
		case draw < 55:
			o.place.put(o.id, o.lie(w.chance))
			lies++
		case draw < 75:
			o.place.trouble(o.id, pick(w.chance, o.place.troubles()))
			troubles++
		default:
			w.heal(o)
		}
	}
	return changes, lies, troubles, deletions
}

// deleteOne deletes a part of some API service.
func (w *world) deleteOne(ctx context.Context, t *testing.T) {
	t.Helper()
	name := metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.APIName(pick(w.chance, w.teams).name)}
	object := pick(w.chance, []client.Object{
		&appsv1.Deployment{ObjectMeta: name}, &corev1.Service{ObjectMeta: name}, &corev1.ServiceAccount{ObjectMeta: name},
		&rbacv1.Role{ObjectMeta: name}, &rbacv1.RoleBinding{ObjectMeta: name},
	})
	require.NoError(t, client.IgnoreNotFound(w.Client.Delete(context.WithoutCancel(ctx), object)))
}

// heal makes a source tell the truth again.
func (w *world) heal(o *origin) {
	o.place.trouble(o.id, "")
	_, truth := o.now()
	o.place.put(o.id, truth.file)
}

// createTeams creates the registries.
func (w *world) createTeams(t *testing.T) {
	t.Helper()
	for _, tm := range w.teams {
		require.NoError(t, w.Client.Create(t.Context(), tm.object))
	}
}
