package render

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

var example = plan.Cluster{
	Name: "x", Home: "/home", Address: "192.0.2.2",
	Ports: plan.Ports{DNS: 20001, Kubelet: 20002, KubeletHealth: 20003, ProxyHealth: 20004, ProxyMetrics: 20005},
}

func TestEveryFileRenders(t *testing.T) {
	for _, file := range []File{AuditPolicy, Containerd, CNI, Kubelet, Proxy, Corefile, DNSObjects} {
		data, err := render(example, file, true)
		require.NoError(t, err, file)
		assert.NotContains(t, string(data), "<no value>", file)
		for _, document := range strings.Split(string(data), "\n---\n") {
			if strings.HasSuffix(string(file), ".yaml") {
				assert.NoError(t, yaml.UnmarshalStrict([]byte(document), &map[string]any{}), file)
			}
		}
	}
}

func TestCNIIsJSON(t *testing.T) {
	data, err := render(example, CNI, false)
	require.NoError(t, err)
	assert.True(t, json.Valid(data), string(data))
}

func TestCorefileForwardsOnlyWithANameserver(t *testing.T) {
	for _, nameservers := range []bool{true, false} {
		data, err := render(example, Corefile, nameservers)
		require.NoError(t, err)
		assert.Contains(t, string(data), ".:20001 {")
		assert.Equal(t, nameservers, strings.Contains(string(data), "forward ."),
			"CoreDNS does not start when the file it forwards by names no server")
	}
}
