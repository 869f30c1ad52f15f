package node

import (
	"context"
	"net"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

// Ready says whether the node takes Pods.
func Ready(ctx context.Context, c plan.Cluster, client kubernetes.Interface) (bool, error) {
	node, err := client.CoreV1().Nodes().Get(ctx, c.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
			return len(node.Spec.Taints) == 0, nil
		}
	}
	return false, nil
}

// DNSReady asks the DNS Service for the API server's name. An answer shows
// that kube-proxy, CoreDNS and the API work together.
func DNSReady(ctx context.Context) (bool, error) {
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", plan.HostPort(plan.DNSServiceIP, 53))
	}}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	addrs, err := resolver.LookupHost(ctx, "kubernetes.default.svc."+plan.Domain+".")
	return err == nil && len(addrs) == 1 && addrs[0] == plan.APIServiceIP, nil
}
