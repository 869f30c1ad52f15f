package pki

import (
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

// Names of the certificate and key files, to be used with plan.Cluster.PKI.
const (
	CACert         = "ca.crt"
	CAKey          = "ca.key"
	FrontProxyCA   = "front-proxy-ca.crt"
	FrontProxyCert = "front-proxy.crt"
	FrontProxyKey  = "front-proxy.key"
	ServerCert     = "apiserver.crt"
	ServerKey      = "apiserver.key"
	ToKubeletCert  = "apiserver-to-kubelet.crt"
	ToKubeletKey   = "apiserver-to-kubelet.key"
	KubeletCert    = "kubelet.crt"
	KubeletKey     = "kubelet.key"
	// AccountsCert and AccountsKey verify and sign service-account tokens.
	AccountsCert = "service-accounts.crt"
	AccountsKey  = "service-accounts.key"
)

// Users with a kubeconfig file, to be used with plan.Cluster.Kubeconfig.
const (
	Admin             = "admin"
	ControllerManager = "controller-manager"
	Scheduler         = "scheduler"
	Kubelet           = "kubelet"
	Proxy             = "proxy"
	DNS               = "dns"
)

// WriteAll makes every certificate and kubeconfig of the cluster.
func WriteAll(c plan.Cluster, now time.Time) error {
	if err := os.MkdirAll(c.PKI(""), 0o700); err != nil {
		return fmt.Errorf("folder of the certificates: %w", err)
	}
	ca, err := NewAuthority("localcluster "+c.Name, now)
	if err != nil {
		return err
	}
	if err := writePair(c, CACert, CAKey, ca.Pair); err != nil {
		return err
	}
	if err := writeServing(c, ca); err != nil {
		return err
	}
	if err := writeFrontProxy(c, now); err != nil {
		return err
	}
	return writeKubeconfigs(c, ca)
}

func writeServing(c plan.Cluster, ca *Authority) error {
	files := []struct {
		cert, key string
		req       Request
	}{
		{ServerCert, ServerKey, Request{CommonName: "kube-apiserver", Hosts: []string{
			c.Address, plan.Loopback, plan.APIServiceIP, "localhost",
			"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + plan.Domain,
		}}},
		{ToKubeletCert, ToKubeletKey, Request{CommonName: "kube-apiserver", Organizations: []string{"system:masters"}}},
		{KubeletCert, KubeletKey, Request{CommonName: "kubelet", Hosts: []string{c.Address, c.Name}}},
		{AccountsCert, AccountsKey, Request{CommonName: "service-accounts"}},
	}
	for _, f := range files {
		pair, err := ca.Issue(f.req)
		if err != nil {
			return err
		}
		if err := writePair(c, f.cert, f.key, pair); err != nil {
			return err
		}
	}
	return nil
}

// writeFrontProxy makes what API aggregation needs: an authority of its own,
// since whoever it signs for may act as any user.
func writeFrontProxy(c plan.Cluster, now time.Time) error {
	ca, err := NewAuthority("localcluster front proxy "+c.Name, now)
	if err != nil {
		return err
	}
	pair, err := ca.Issue(Request{CommonName: "front-proxy-client"})
	if err != nil {
		return err
	}
	if err := writeFile(c.PKI(FrontProxyCA), ca.Cert); err != nil {
		return err
	}
	return writePair(c, FrontProxyCert, FrontProxyKey, pair)
}

func writeKubeconfigs(c plan.Cluster, ca *Authority) error {
	users := map[string]Request{
		Admin:             {CommonName: "localcluster:admin", Organizations: []string{"system:masters"}},
		ControllerManager: {CommonName: "system:kube-controller-manager"},
		Scheduler:         {CommonName: "system:kube-scheduler"},
		Kubelet:           {CommonName: "system:node:" + c.Name, Organizations: []string{"system:nodes"}},
		Proxy:             {CommonName: "system:kube-proxy"},
		DNS:               {CommonName: plan.DNSUser},
	}
	for user, req := range users {
		pair, err := ca.Issue(req)
		if err != nil {
			return err
		}
		if err := clientcmd.WriteToFile(kubeconfig(c, ca.Cert, pair), c.Kubeconfig(user)); err != nil {
			return fmt.Errorf("kubeconfig of %s: %w", user, err)
		}
	}
	return nil
}

func kubeconfig(c plan.Cluster, caCert []byte, pair Pair) clientcmdapi.Config {
	name := "localcluster-" + c.Name
	config := *clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: c.Server(), CertificateAuthorityData: caCert}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: pair.Cert, ClientKeyData: pair.Key}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	return config
}

func writePair(c plan.Cluster, cert, key string, pair Pair) error {
	if err := writeFile(c.PKI(cert), pair.Cert); err != nil {
		return err
	}
	return writeFile(c.PKI(key), pair.Key)
}

func writeFile(path string, data []byte) error {
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	return nil
}
