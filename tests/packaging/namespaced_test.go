package packaging

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// tenant is an operator of one team, which works in its own namespace only.
type tenant struct {
	namespace string
	helm      helm
	registry  *v1alpha1.MCPRegistry
	audit     *cluster.AuditLog
}

// sideBySide: two teams have an operator each, installed with Helm 3 and with Helm
// 4. One of them is installed by somebody who has rights in the team's namespace
// and nowhere else.
func sideBySide(t *testing.T, w *world, three, four helm) {
	one, two := w.newTenant(t, "one", three), w.newTenant(t, "two", four)
	one.install(t, w)
	w.mayDoAll(t, "tenant", two.namespace)
	two.helm = two.helm.by("tenant")
	two.install(t, w, "--set", "crds.install=false")

	for _, team := range []*tenant{one, two} {
		team.makeRegistry(t, w)
	}
	two.helm.run(t, "test", "operator")
	one.staysAtHome(t)
	two.staysAtHome(t)
	w.nothingOfTheCluster(t, "operator")

	// An operator that waits asks for the leader's Node, and does without it.
	one.isScaled(t, w)
	two.isScaled(t, w)
	one.helm.run(t, "uninstall", "operator")
	second := fixture.FromConfigMap(two.namespace, "second")
	w.Create(t, fixture.Source(two.namespace, "second", fixture.ToolHive("one")), second)
	w.Ready(t, second)
	w.serves(t, one.registry, "one")
}

func (w *world) newTenant(t *testing.T, name string, h helm) *tenant {
	t.Helper()
	namespace := w.newNamespace(t, name)
	team := &tenant{namespace: namespace, helm: h.in(namespace), audit: w.Audit(t)}
	t.Cleanup(func() { team.helm.run(t, "uninstall", "operator", "--ignore-not-found") })
	return team
}

func (team *tenant) install(t *testing.T, w *world, more ...string) {
	t.Helper()
	team.helm.run(t, append([]string{
		"install", "operator", w.current, "--set", "watchNamespaces={" + team.namespace + "}",
		"--set", "leaderElection.nodeLookup=false", "--set", "replicas=null",
	}, more...)...)
}

func (team *tenant) makeRegistry(t *testing.T, w *world) {
	t.Helper()
	team.registry = fixture.FromConfigMap(team.namespace, "team")
	w.Create(t, fixture.Source(team.namespace, "team", fixture.ToolHive("one")), team.registry)
	w.Ready(t, team.registry)
	w.serves(t, team.registry, "one")
}

// staysAtHome fails if the operator has asked for anything of another namespace or
// of the cluster, or for what it may not have.
func (team *tenant) staysAtHome(t *testing.T) {
	t.Helper()
	if team.audit == nil {
		t.Log("the audit log of this cluster is not known: set LOCALCLUSTER_AUDIT_LOG")
		return
	}
	requests := team.audit.By(t, "system:serviceaccount:"+team.namespace+":operator-mcp-registry-operator")
	require.NotEmpty(t, requests)
	for _, request := range requests {
		discovery := request.Namespace == "" && request.Resource[0] == '/'
		require.True(t, discovery || request.Namespace == team.namespace, "%s", request)
		require.NotEqual(t, 403, request.Code, "%s", request)
	}
}

// nothingOfTheCluster fails if a release has a right for the whole cluster.
func (w *world) nothingOfTheCluster(t *testing.T, release string) {
	t.Helper()
	for _, list := range []client.ObjectList{&rbacv1.ClusterRoleList{}, &rbacv1.ClusterRoleBindingList{}} {
		require.NoError(t, w.Client.List(t.Context(), list, client.MatchingLabels{"app.kubernetes.io/instance": release}))
		remaining, err := apimeta.ExtractList(list)
		require.NoError(t, err)
		require.Empty(t, remaining)
	}
}

// isScaled: without replicas in its values, a release leaves their number to
// whoever scales the Deployment.
func (team *tenant) isScaled(t *testing.T, w *world) {
	t.Helper()
	w.scale(t, team.namespace, 2)
	team.helm.run(t, "upgrade", "operator", w.current, "--reuse-values", "--set", "logLevel=debug")
	require.EqualValues(t, 2, *w.operator(t, team.namespace).Spec.Replicas)
}

// scale changes the number of operator Pods as an autoscaler does.
func (w *world) scale(t *testing.T, namespace string, replicas int32) {
	t.Helper()
	scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}
	require.NoError(t, w.Client.SubResource("scale").Update(t.Context(), w.operator(t, namespace), client.WithSubResourceBody(scale)))
}

// operator is the Deployment of the one operator in a namespace.
func (w *world) operator(t *testing.T, namespace string) *appsv1.Deployment {
	t.Helper()
	var list appsv1.DeploymentList
	require.NoError(t, w.Client.List(t.Context(), &list, client.InNamespace(namespace), client.MatchingLabels{v1alpha1.LabelComponent: "operator"}))
	require.Len(t, list.Items, 1)
	return &list.Items[0]
}

// mayDoAll gives a user all rights in a namespace.
func (w *world) mayDoAll(t *testing.T, user, namespace string) {
	t.Helper()
	all := []string{"*"}
	meta := metav1.ObjectMeta{Namespace: namespace, Name: user}
	w.Create(t,
		&rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{{APIGroups: all, Resources: all, Verbs: all}}},
		&rbacv1.RoleBinding{
			ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
			Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
		},
	)
}
