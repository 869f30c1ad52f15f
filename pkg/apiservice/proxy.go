package apiservice

import (
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// proxyNames are the variables that may be handed on.
var proxyNames = []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}

// Proxy is the way out of the cluster that the operator itself takes.
type Proxy struct {
	// HTTP and HTTPS are URLs; "" is no proxy.
	HTTP, HTTPS string
	// Except lists hosts, domains and networks, with commas between.
	Except string
}

// env hands the proxy on to Pods that reach out: those that ask an issuer. A URL
// with a password stays with the operator, because who may see the Pods of a
// namespace may not see that. The Kubernetes API is never behind a proxy.
func (p Proxy) env(a Access) []corev1.EnvVar {
	if a.OIDC == nil {
		return nil
	}
	var env []corev1.EnvVar
	for _, proxy := range []struct{ name, url string }{{"HTTP_PROXY", p.HTTP}, {"HTTPS_PROXY", p.HTTPS}} {
		if open(proxy.url) {
			env = append(env, corev1.EnvVar{Name: proxy.name, Value: literal(proxy.url)})
		}
	}
	if env == nil {
		return nil
	}
	const api = "$(KUBERNETES_SERVICE_HOST)" // the kubelet puts its address there
	except := strings.TrimPrefix(strings.TrimSuffix(literal(p.Except), ",")+","+api, ",")
	return append(env, corev1.EnvVar{Name: "NO_PROXY", Value: except})
}

// open reports whether everybody may read a proxy's URL.
func open(proxy string) bool {
	if proxy == "" {
		return false
	}
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy // such a one is a host and port
	}
	parsed, err := url.Parse(proxy)
	return err == nil && parsed.User == nil
}

// literal keeps Kubernetes from putting variables into a text.
func literal(text string) string { return strings.ReplaceAll(text, "$", "$$") }
