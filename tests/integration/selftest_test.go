package integration

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/selftest"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// selfTested: the test that "helm test" runs passes if all is well, says what is
// wrong if not, and leaves nothing behind in either case. There are no Pods here,
// so that another server answers in place of the API service.
func selfTested(t *testing.T, w *world) {
	const good = `{"servers":[{"server":{"name":"io.example/selftest"}}]}`
	for name, test := range map[string]struct {
		why, answer string
		status      int
		want        string
	}{
		"all well":       {why: "the server is served", answer: good, status: http.StatusOK},
		"wrong data":     {why: "an API service that serves something else", answer: `{"servers":[]}`, status: http.StatusOK, want: "lists the servers []"},
		"no good answer": {why: "an API service that never gets ready", answer: "{}", status: http.StatusServiceUnavailable, want: "503"},
	} {
		t.Run(name, func(t *testing.T) {
			said, err := w.selfTest(t, func(to http.ResponseWriter, _ *http.Request) {
				to.WriteHeader(test.status)
				_, _ = to.Write([]byte(test.answer))
			})
			if test.want == "" {
				require.NoError(t, err, test.why)
				require.Contains(t, said, "the operator works")
				return
			}
			require.ErrorContains(t, err, test.want, test.why)
		})
	}
	t.Run("names taken", func(t *testing.T) {
		ns := w.namespace(t)
		theirs := fixture.Source(ns, "selftest", "{}")
		w.Create(t, theirs)
		test := selftest.Test{Client: w.Client, Namespace: ns, Name: "selftest", Out: &strings.Builder{}}
		require.ErrorContains(t, test.Run(t.Context()), "somebody else made it")
		require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(theirs), theirs), "it is still there")
	})
}

// selfTest runs the test with handler in place of the API service.
func (w *world) selfTest(t *testing.T, handler http.HandlerFunc) (said string, err error) {
	t.Helper()
	web := httptest.NewServer(handler)
	defer web.Close()
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, web.Listener.Addr().String())
	}
	var out strings.Builder
	test := selftest.Test{
		Client: w.Client, Namespace: w.namespace(t), Name: "selftest", Out: &out,
		HTTP: &http.Client{Transport: &http.Transport{DialContext: dial}},
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	err = test.Run(ctx)
	for _, object := range []client.Object{&v1alpha1.MCPRegistry{}, fixture.Source(test.Namespace, test.Name, "")} {
		gone := w.Client.Get(t.Context(), client.ObjectKey{Namespace: test.Namespace, Name: test.Name}, object)
		require.True(t, apierrors.IsNotFound(gone), "%T is left: %v", object, gone)
	}
	return out.String(), err
}
