package integration

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// anotherRegistry: a registry mirrors another one of ours, follows its changes,
// and keeps what it has while that one is gone (pitfalls 1 and 12).
func anotherRegistry(t *testing.T, w *world) {
	from, origin := w.synced(t, "one", "two")
	service := w.follow(t, origin)
	told(t, service, "two servers", func(s registryState) bool { return s.Servers == 2 })
	var requests atomic.Int64
	web := httptest.NewTLSServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		service.Handler().ServeHTTP(answer, r)
	}))
	defer web.Close()

	mirror := fixture.FromAPI(origin.Namespace, "mirror", web.URL+"/registry/"+origin.Name)
	w.Create(t, mirror)
	w.Ready(t, mirror)
	w.stores(t, mirror, "one", "two")
	require.Equal(t, v1alpha1.FormatToolHive, mirror.Spec.Source.Format, "the default does not matter for a registry")

	setContent(t, w, from, fixture.ToolHive("two", "three"))
	w.stores(t, origin, "two", "three")
	now := w.manifest(t, origin).Digest
	told(t, service, "the new servers", func(s registryState) bool { return s.Digest == string(now) })
	w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
	w.poke(t, mirror)
	w.stores(t, mirror, "two", "three")

	// The same again by hand reads all of it; by the interval, nothing.
	trigger := w.SyncNow(t, mirror)
	w.pokeUntil(t, mirror, "the sync by hand", func() error {
		if mirror.Status.LastManualSyncTrigger != trigger {
			return fmt.Errorf("last trigger %q", mirror.Status.LastManualSyncTrigger)
		}
		return nil
	})
	requests.Store(0)
	w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
	last := mirror.Status.SyncStatus.LastAttempt
	w.pokeUntil(t, mirror, "a look at the other registry", func() error { return attemptedAfter(mirror, last) })
	require.EqualValues(t, 1, requests.Load(), "a look at an unchanged registry is one request")

	web.Close()
	w.SyncNow(t, mirror)
	w.Condition(t, mirror, v1alpha1.ConditionSourceAvailable, no, v1alpha1.ReasonSourceUnavailable)
	w.stores(t, mirror, "two", "three")
}

// anotherRegistryWithLogin: a registry that wants a token and has a certificate
// of a private authority is read with what is in a Secret, as it is at the time.
func anotherRegistryWithLogin(t *testing.T, w *world) {
	_, origin := w.synced(t, "one", "two")
	service := w.follow(t, origin)
	told(t, service, "two servers", func(s registryState) bool { return s.Servers == 2 })
	certificate, authority, err := gitserver.Certificate("127.0.0.1")
	require.NoError(t, err)
	var asked atomic.Value
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Authorization"))
		if user, password, _ := r.BasicAuth(); (user != "me" || password != "s3cret") && r.Header.Get("Authorization") != "Bearer t0ken" {
			answer.WriteHeader(http.StatusUnauthorized)
			return
		}
		service.Handler().ServeHTTP(answer, r)
	}))
	web.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	web.StartTLS()
	defer web.Close()

	mirror := fixture.FromAPI(origin.Namespace, "mirror", web.URL)
	mirror.Spec.Source.API.SecretRef = &v1alpha1.LocalSecretReference{Name: "login"}
	w.Create(t, mirror)
	w.Condition(t, mirror, v1alpha1.ConditionSourceAvailable, no, v1alpha1.ReasonInvalidSecret)

	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: origin.Namespace, Name: "login"},
		StringData: map[string]string{"bearerToken": "wr0ng"},
	}
	w.Create(t, secret)
	use := func(data map[string]string) {
		t.Helper()
		cluster.Edit(t, w.Cluster, secret, func(s *corev1.Secret) { s.Data, s.StringData = nil, data })
		w.SyncNow(t, mirror)
	}
	use(map[string]string{"bearerToken": "t0ken"})
	w.Condition(t, mirror, v1alpha1.ConditionSourceAvailable, no, v1alpha1.ReasonSourceUnavailable)
	require.Nil(t, asked.Load(), "a server that nobody vouches for gets no token")
	use(map[string]string{"bearerToken": "wr0ng", "ca.crt": string(authority)})
	w.Condition(t, mirror, v1alpha1.ConditionSourceAvailable, no, v1alpha1.ReasonSourceAuthFailed)
	require.NotContains(t, w.asJSON(t, mirror), "wr0ng")
	use(map[string]string{"bearerToken": "t0ken\n", "ca.crt": string(authority)})
	w.Ready(t, mirror)
	w.stores(t, mirror, "one", "two")
	use(map[string]string{"password": "s3cret", "ca.crt": string(authority)})
	w.Condition(t, mirror, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSecret)
	use(map[string]string{"username": "me", "password": "s3cret", "ca.crt": string(authority)})
	w.Ready(t, mirror)
}

// attemptedAfter is nil when there was a sync since.
func attemptedAfter(r *v1alpha1.MCPRegistry, last *metav1.Time) error {
	if !last.Before(r.Status.SyncStatus.LastAttempt) {
		return fmt.Errorf("last attempt at %s", r.Status.SyncStatus.LastAttempt)
	}
	return nil
}
