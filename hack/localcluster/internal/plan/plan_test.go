package plan

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestValidateName(t *testing.T) {
	for name, tc := range map[string]struct {
		why   string
		valid bool
	}{
		"mcp-registry":          {"the default", true},
		"a":                     {"one character suffices", true},
		strings.Repeat("a", 30): {"the longest", true},
		strings.Repeat("a", 31): {"Unix socket paths would get too long", false},
		"":                      {"the state folder would be that of all clusters", false},
		"-x":                    {"no node may be called so", false},
		"A":                     {"nodes have lower-case names", false},
		"../x":                  {"it would leave the folder of all clusters", false},
	} {
		assert.Equal(t, tc.valid, ValidateName(name) == nil, "%q: %s", name, tc.why)
	}
}

func TestSocketPathsFitTheKernel(t *testing.T) {
	c := Cluster{Name: strings.Repeat("n", 30), Home: "/" + strings.Repeat("h", 200)}
	longest := filepath.Join(c.NodeDir(), "kubelet/pod-resources/kubelet.sock")
	assert.LessOrEqual(t, len(longest), 107)
	assert.LessOrEqual(t, len(c.ContainerdSocket()+".ttrpc"), 107)
}

func TestChoosePorts(t *testing.T) {
	all := func(int) bool { return true }

	ports, err := choosePorts(0, firstPort, all)
	require.NoError(t, err)
	assert.Equal(t, firstPort, ports.Etcd)
	assert.Equal(t, firstPort+9, ports.APIServer)

	ports, err = choosePorts(firstPort+1, firstPort, all)
	require.NoError(t, err)
	assert.Equal(t, firstPort+1, ports.APIServer, "the caller's choice is kept")
	assert.Equal(t, firstPort+2, ports.EtcdPeer, "and not given away a second time")

	ports, err = choosePorts(0, lastPort, all)
	require.NoError(t, err)
	assert.Equal(t, firstPort, ports.EtcdPeer, "the search goes on at the start of the range")

	ports, err = choosePorts(0, firstPort, func(port int) bool { return port%2 == 1 })
	require.NoError(t, err)
	assert.Equal(t, firstPort+1, ports.Etcd, "a port in use is passed over")

	_, err = choosePorts(0, firstPort, func(int) bool { return false })
	assert.ErrorContains(t, err, "10 free ones are missing")
}
