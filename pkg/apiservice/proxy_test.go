package apiservice

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func TestProxyIsHandedOn(t *testing.T) {
	proxy := Proxy{HTTP: "http://proxy.example.org:3128", HTTPS: "proxy.example.org:3128", Except: ".example.org,10.0.0.0/8"}
	for name, test := range map[string]struct {
		why   string
		proxy Proxy
		oidc  bool
		want  map[string]string
	}{
		"issuer": {
			why: "the issuer is out of the cluster, the Kubernetes API is not", proxy: proxy, oidc: true,
			want: map[string]string{
				"HTTP_PROXY": "http://proxy.example.org:3128", "HTTPS_PROXY": "proxy.example.org:3128",
				"NO_PROXY": ".example.org,10.0.0.0/8,$(KUBERNETES_SERVICE_HOST)",
			},
		},
		"no issuer": {why: "the Pods reach nobody out of the cluster", proxy: proxy},
		"no proxy":  {why: "exceptions alone are of no use", proxy: Proxy{Except: ".example.org"}, oidc: true},
		"password": {
			why: "users of the namespace may see its Pods", oidc: true,
			proxy: Proxy{HTTP: "http://user:secret@proxy.example.org:3128", HTTPS: "user:secret@proxy.example.org:3128"},
		},
		"not a URL": {why: "what cannot be read may hold a password", proxy: Proxy{HTTPS: "http://user:se cret%@proxy"}, oidc: true},
		"dollar": {
			why: "a text is not a reference to a variable", proxy: Proxy{HTTPS: "http://proxy.example.org/$(POD)"}, oidc: true,
			want: map[string]string{"HTTPS_PROXY": "http://proxy.example.org/$$(POD)", "NO_PROXY": "$(KUBERNETES_SERVICE_HOST)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := testRegistry()
			r.Proxy = test.proxy
			if test.oidc {
				r.Access = guarded().Access
			}
			have := map[string]string{}
			for _, variable := range mustRender(t, r).Deployment.Spec.Template.Spec.Containers[0].Env {
				if variable.ValueFrom == nil {
					have[variable.Name] = variable.Value
				}
			}
			if test.want == nil {
				test.want = map[string]string{}
			}
			require.Equal(t, test.want, have, test.why)
		})
	}
}

func TestUsersChooseAnotherProxy(t *testing.T) {
	r := guarded()
	r.Proxy = Proxy{HTTPS: "http://proxy.example.org:3128"}
	r.PodTemplate = withTemplate(`{"spec":{"containers":[{"name":"registry-api","env":[{"name":"HTTPS_PROXY","value":"http://other.example.org:3128"}]}]}}`).PodTemplate
	require.Contains(t, mustRender(t, r).Deployment.Spec.Template.Spec.Containers[0].Env,
		corev1.EnvVar{Name: "HTTPS_PROXY", Value: "http://other.example.org:3128"})
}
