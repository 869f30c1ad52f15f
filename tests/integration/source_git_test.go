package integration

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// serverJSON is a file of one server.
func serverJSON(name string) string {
	return `{"name":"io.github.stacklok/` + name + `","description":"d","version":"1.0.0"}`
}

// repositoryOverSSH: a folder of server.json files behind an SSH server, which has
// to be the one that the Secret knows.
func repositoryOverSSH(t *testing.T, w *world) {
	ns := w.namespace(t)
	server := gitserver.New(t)
	server.Commit("servers/a/server.json", serverJSON("a"))
	server.Commit("servers/b/server.json", serverJSON("b"))
	server.Commit("servers/c/server.json", "<html>")
	served, other := server.ServeSSH(), server.ServeSSH()
	r := fixture.FromGit(ns, "ssh", served.URL(), "servers/*/server.json")
	r.Spec.Source.Git.SecretRef = &v1alpha1.LocalSecretReference{Name: "login"}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "login"},
		StringData: map[string]string{"username": "me", "password": "s3cret"},
	}
	w.Create(t, secret, r)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSecret)
	require.Contains(t, r.Status.Message, `spec.source.git.secretRef: the Secret "login" cannot be used: a repository over SSH needs identity and known_hosts`)

	cluster.Edit(t, w.Cluster, secret, func(s *corev1.Secret) {
		s.Data = map[string][]byte{
			"identity": served.Lock("s3cret"), "password": []byte("s3cret"),
			"known_hosts": gitserver.KnownHost(served.Address(), other.HostKey()),
		}
	})
	w.SyncNow(t, r)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonSourceAuthFailed)
	require.Contains(t, r.Status.Message, "not the one in known_hosts")
	require.NotContains(t, w.asJSON(t, r), "s3cret")
	require.Empty(t, served.Commands())

	cluster.Edit(t, w.Cluster, secret, func(s *corev1.Secret) { s.Data["known_hosts"] = served.KnownHosts() })
	w.SyncNow(t, r)
	w.Ready(t, r)
	w.stores(t, r, "a", "b")
	w.Condition(t, r, v1alpha1.ConditionDataValid, yes, v1alpha1.ReasonSucceeded)
	require.EqualValues(t, 1, r.Status.SyncStatus.Sources[0].Rejected)
	require.Contains(t, w.asJSON(t, r), "servers/c/server.json")
}

// signedRepository: over HTTPS and over SSH, what nobody has signed whose key is in
// the Secret is never stored, and what was stored before stays.
func signedRepository(t *testing.T, w *world) {
	server := gitserver.New(t)
	good, other := server.NewSSHSigner(), server.NewGPGSigner()
	served := server.ServeSSH()
	for name, login := range map[string]map[string]string{
		server.URL(): {"ca.crt": string(server.CAPEM())},
		served.URL(): {"identity": string(served.Identity()), "known_hosts": string(served.KnownHosts())},
	} {
		ns := w.namespace(t)
		server.CommitSigned("registry.json", "["+serverJSON("signed")+"]", good)
		r := fixture.FromGit(ns, "signed", name, "registry.json")
		r.Spec.Source.Git.SecretRef = &v1alpha1.LocalSecretReference{Name: "login"}
		r.Spec.Source.Git.Verify = &v1alpha1.GitVerification{SecretRef: v1alpha1.LocalSecretReference{Name: "keys"}}
		keys := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "keys"}, StringData: map[string]string{"readme": "none yet"}}
		w.Create(t, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "login"}, StringData: login}, keys, r)
		w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSecret)
		require.Contains(t, r.Status.Message, `spec.source.git.verify.secretRef: the Secret "keys" cannot be used: it has no public keys`)
		cluster.Edit(t, w.Cluster, keys, func(s *corev1.Secret) { s.Data = map[string][]byte{"team.pub": good.Public} })
		w.SyncNow(t, r)
		w.Ready(t, r)
		w.stores(t, r, "signed")

		bad := server.CommitSigned("registry.json", "["+serverJSON("signed")+","+serverJSON("more")+"]", other)
		w.SyncNow(t, r)
		w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonVerificationFailed)
		require.Contains(t, r.Status.Message, bad[:12])
		w.stores(t, r, "signed")

		cluster.Edit(t, w.Cluster, keys, func(s *corev1.Secret) { s.Data["other.asc"] = other.Public })
		w.SyncNow(t, r)
		w.Ready(t, r)
		w.stores(t, r, "signed", "more")
	}
}

// sharedRepository: a commit is downloaded once for all registries that read it, and
// once more for one with a login, which may be shown something else.
func sharedRepository(t *testing.T, w *world) {
	ns, other := w.namespace(t), w.namespace(t)
	w.git.Commit("a/registry.json", "["+serverJSON("a")+"]")
	w.git.Commit("b/registry.json", "["+serverJSON("b")+"]")
	w.git.Requests()
	private := fixture.FromGit(ns, "private", w.git.URL(), "b/registry.json")
	private.Spec.Source.Git.SecretRef = &v1alpha1.LocalSecretReference{Name: "login"}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "login"}, StringData: map[string]string{"bearerToken": "t0ken"}}
	w.Create(t, secret)
	registries := map[*v1alpha1.MCPRegistry]string{
		fixture.FromGit(ns, "one", w.git.URL(), "a/registry.json"):    "a",
		fixture.FromGit(ns, "two", w.git.URL(), "b/registry.json"):    "b",
		fixture.FromGit(other, "one", w.git.URL(), "a/registry.json"): "a",
		private: "b",
	}
	for r := range registries {
		w.Create(t, r)
	}
	for r, name := range registries {
		w.Ready(t, r)
		w.stores(t, r, name)
	}
	downloads := slices.DeleteFunc(w.git.Requests(), func(r string) bool { return !strings.HasPrefix(r, http.MethodPost) })
	require.Len(t, downloads, 2)
}
