package integration

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// private is a web server with a certificate of its own authority that serves one
// file to those who log in.
type private struct {
	*httptest.Server
	authority []byte

	mu       sync.Mutex
	file     string
	statuses []int
}

func newPrivate(t *testing.T, file string) *private {
	t.Helper()
	certificate, authority, err := gitserver.Certificate("127.0.0.1")
	require.NoError(t, err)
	p := &private{authority: authority, file: file}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

func (p *private) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := http.StatusOK
	tag := `"` + string(registry.DigestOf([]byte(p.file))) + `"`
	switch user, password, _ := r.BasicAuth(); {
	case user != "me" || password != "s3cret":
		status = http.StatusUnauthorized
	case r.Header.Get("If-None-Match") == tag:
		status = http.StatusNotModified
	}
	p.statuses = append(p.statuses, status)
	w.Header().Set("ETag", tag)
	w.WriteHeader(status)
	if status == http.StatusOK {
		_, _ = w.Write([]byte(p.file))
	}
}

// seen returns and forgets the statuses so far.
func (p *private) seen() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.statuses
	p.statuses = nil
	return seen
}

func (p *private) put(file string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.file = file
}

// privateFile: a file behind a login and a private certificate authority is read
// with what is in a Secret, and costs a request without a body while it stays as it is.
func privateFile(t *testing.T, w *world) {
	ns := w.namespace(t)
	web := newPrivate(t, fixture.ToolHive("one", "two"))
	r := fixture.FromHTTP(ns, "file", web.URL+"/registry.json")
	r.Spec.Source.HTTP.SecretRef = &v1alpha1.LocalSecretReference{Name: "login"}
	w.Create(t, r)
	w.Condition(t, r, v1alpha1.ConditionSourceAvailable, no, v1alpha1.ReasonInvalidSecret)
	require.Empty(t, web.seen(), "without its Secret nobody is asked")

	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "login"},
		StringData: map[string]string{"username": "me", "password": "wr0ng", "ca.crt": string(web.authority)},
	}
	w.Create(t, secret)
	w.SyncNow(t, r)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonSourceAuthFailed)
	require.NotContains(t, w.asJSON(t, r), "wr0ng")
	cluster.Edit(t, w.Cluster, secret, func(s *corev1.Secret) { s.Data["password"] = []byte("s3cret\n") })
	w.SyncNow(t, r)
	w.Ready(t, r)
	w.stores(t, r, "one", "two")
	web.seen()

	last := r.Status.SyncStatus.LastAttempt
	w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
	w.pokeUntil(t, r, "a look at the file", func() error { return attemptedAfter(r, last) })
	require.Equal(t, []int{http.StatusNotModified}, web.seen(), "an unchanged file is not sent again")

	web.put(fixture.ToolHive("two", "three"))
	w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
	w.poke(t, r)
	w.stores(t, r, "two", "three")
}

// pinnedFile: a file that is not the pinned one is not stored, and both digests
// are said. A Secret that cannot be meant is named with its keys, and nobody is asked.
func pinnedFile(t *testing.T, w *world) {
	ns := w.namespace(t)
	good := fixture.ToolHive("one")
	web := newPrivate(t, good)
	r := fixture.FromHTTP(ns, "pinned", web.URL+"/registry.json")
	r.Spec.Source.HTTP.SecretRef = &v1alpha1.LocalSecretReference{Name: "login"}
	r.Spec.Source.HTTP.SHA256 = strings.TrimPrefix(string(registry.DigestOf([]byte(good))), "sha256:")
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "login"},
		StringData: map[string]string{"username": "me", "ca.crt": string(web.authority)},
	}
	w.Create(t, secret, r)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSecret)
	require.Contains(t, r.Status.Message, `spec.source.http.secretRef: the Secret "login" cannot be used: it has username without password`)
	require.Empty(t, web.seen())
	cluster.Edit(t, w.Cluster, secret, func(s *corev1.Secret) { s.Data["password"] = []byte("s3cret") })
	w.SyncNow(t, r)
	w.Ready(t, r)
	require.Equal(t, []int{http.StatusOK}, web.seen())

	bad := fixture.ToolHive("one", "evil")
	web.put(bad)
	w.SyncNow(t, r)
	w.Condition(t, r, v1alpha1.ConditionSyncSuccessful, no, v1alpha1.ReasonVerificationFailed)
	require.Contains(t, r.Status.Message, r.Spec.Source.HTTP.SHA256)
	require.Contains(t, r.Status.Message, string(registry.DigestOf([]byte(bad))))
	w.stores(t, r, "one")
}

// privateRepository: a Git repository behind a login and a private authority.
func privateRepository(t *testing.T, w *world) {
	ns := w.namespace(t)
	server := gitserver.New(t)
	server.Commit("registry.json", fixture.ToolHive("one"))
	server.Intercept(func(answer http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") == "Bearer t0ken" {
			return false
		}
		answer.WriteHeader(http.StatusUnauthorized)
		return true
	})
	r := fixture.FromGit(ns, "repository", server.URL(), "registry.json")
	r.Spec.Source.Format = v1alpha1.FormatToolHive
	r.Spec.Source.Git.SecretRef = &v1alpha1.LocalSecretReference{Name: "login"}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "login"},
		StringData: map[string]string{"bearerToken": "wr0ng", "ca.crt": string(server.CAPEM())},
	}
	w.Create(t, secret)
	w.Create(t, r)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonSourceAuthFailed)
	cluster.Edit(t, w.Cluster, secret, func(s *corev1.Secret) { s.Data["bearerToken"] = []byte("t0ken") })
	w.SyncNow(t, r)
	w.Ready(t, r)
	w.stores(t, r, "one")
}
