package integration

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

// catalogue is an artifact of one file.
func catalogue(servers ...string) ociserver.Layer {
	return ociserver.Layer{Title: v1alpha1.DefaultFile, Data: []byte(fixture.ToolHive(servers...))}
}

// pullSecret is one as kubectl create secret docker-registry makes it, with a private
// certificate authority beside it.
func pullSecret(t *testing.T, ns string, server *ociserver.Server, password string) *corev1.Secret {
	t.Helper()
	config, err := json.Marshal(map[string]any{"auths": map[string]any{
		server.Host(): map[string]string{"username": ociserver.User, "password": password},
	}})
	require.NoError(t, err)
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "pull"},
		Type:       corev1.SecretTypeDockerConfigJson,
		Data:       map[string][]byte{corev1.DockerConfigJsonKey: config, "ca.crt": server.CAPEM()},
	}
}

// artifact: an artifact behind a token server and a private authority is read with a
// pull secret, followed by its tag, and costs no more than a look while it stays.
func artifact(t *testing.T, w *world) {
	ns := w.namespace(t)
	server := ociserver.New(t)
	server.Ask(ociserver.Token)
	server.Redirect()
	server.Push("acme/mcp", "v1", catalogue("one", "two"))
	r := fixture.FromOCI(ns, "artifact", server.Host()+"/acme/mcp:v1")
	r.Spec.Source.OCI.SecretRef = &v1alpha1.LocalSecretReference{Name: "pull"}
	w.Create(t, r)
	w.Condition(t, r, v1alpha1.ConditionSourceAvailable, no, v1alpha1.ReasonInvalidSecret)
	require.Empty(t, server.Requests(), "without its Secret nobody is asked")

	secret := pullSecret(t, ns, server, "wr0ng")
	w.Create(t, secret)
	w.SyncNow(t, r)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonSourceAuthFailed)
	require.NotContains(t, w.asJSON(t, r), "wr0ng")
	right := pullSecret(t, ns, server, ociserver.Password)
	cluster.Edit(t, w.Cluster, secret, func(s *corev1.Secret) { s.Data = right.Data })
	w.SyncNow(t, r)
	w.Ready(t, r)
	w.stores(t, r, "one", "two")
	server.Requests()

	last := r.Status.SyncStatus.LastAttempt
	w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
	w.pokeUntil(t, r, "a look at the artifact", func() error { return attemptedAfter(r, last) })
	require.Equal(t, []string{"HEAD manifests 401", "GET tokens 200", "HEAD manifests 200"}, server.Requests())

	server.Push("acme/mcp", "v1", catalogue("two", "three"))
	w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
	w.poke(t, r)
	w.stores(t, r, "two", "three")
	for _, seen := range server.Logins("storage") {
		require.Empty(t, seen)
	}

	cluster.Edit(t, w.Cluster, secret, func(s *corev1.Secret) { s.Data[corev1.DockerConfigJsonKey] = []byte(`{"auths":{}}`) })
	w.SyncNow(t, r)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSecret)
	require.Contains(t, r.Status.Message, fmt.Sprintf(`.dockerconfigjson has no login for %q`, server.Host()))
	w.stores(t, r, "two", "three")
}

// signedArtifact: what is not signed with the key is never stored, and what is stored
// stays; another key is noticed although the artifact is the same.
func signedArtifact(t *testing.T, w *world) {
	ns := w.namespace(t)
	server, key := ociserver.New(t), ociserver.NewKey()
	of := server.Push("acme/mcp", "v1", catalogue("one"))
	r := fixture.FromOCI(ns, "signed", server.Host()+"/acme/mcp:v1")
	r.Spec.Source.OCI.SecretRef = &v1alpha1.LocalSecretReference{Name: "authority"}
	r.Spec.Source.OCI.Verify = &v1alpha1.OCIVerification{SecretRef: v1alpha1.LocalSecretReference{Name: "key"}}
	public := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "key"}, Data: map[string][]byte{v1alpha1.KeyCosignPublic: []byte("x")},
	}
	w.Create(t, public, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "authority"}, Data: map[string][]byte{"ca.crt": server.CAPEM()},
	}, r)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSecret)
	require.Contains(t, r.Status.Message, `the Secret "key" cannot be used: cosign.pub: there is no public key in PEM`)

	use := func(key ociserver.Key) {
		t.Helper()
		cluster.Edit(t, w.Cluster, public, func(s *corev1.Secret) { s.Data[v1alpha1.KeyCosignPublic] = key.Public() })
		w.SyncNow(t, r)
	}
	use(key)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonVerificationFailed)
	require.Contains(t, r.Status.Message, of.String())
	server.PushBundle("acme/mcp", of, ociserver.Bundle(key, of, ociserver.SignedType), ociserver.SignedType)
	w.SyncNow(t, r)
	w.Ready(t, r)
	w.stores(t, r, "one")

	server.Push("acme/mcp", "v1", catalogue("one", "evil"))
	w.SyncNow(t, r)
	w.Condition(t, r, v1alpha1.ConditionSyncSuccessful, no, v1alpha1.ReasonVerificationFailed)
	w.stores(t, r, "one")
	server.Push("acme/mcp", "v1", catalogue("one"))
	w.SyncNow(t, r)
	w.Ready(t, r)

	cluster.Edit(t, w.Cluster, public, func(s *corev1.Secret) { s.Data[v1alpha1.KeyCosignPublic] = ociserver.NewKey().Public() })
	w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
	w.poke(t, r)
	w.Condition(t, r, v1alpha1.ConditionSyncSuccessful, no, v1alpha1.ReasonVerificationFailed)
	w.stores(t, r, "one")
}
