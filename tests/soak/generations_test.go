package soak

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/configmap"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

const (
	namespace = "soak"
	name      = "busy"
	// servers is how many every generation has, under the same names.
	servers = 1500
)

// generations publishes one snapshot after the other. Every record says which
// generation it is of, so that a mixture can be told.
type generations struct {
	storage storage.Manager
	owner   storage.Owner
	last    registry.Snapshot
	number  int
	digests sync.Map // the first 16 digits of a digest to the generation's description
}

func newGenerations(t *testing.T, c *cluster.Cluster) *generations {
	t.Helper()
	require.NoError(t, c.Client.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}))
	object := fixture.FromConfigMap(namespace, name)
	require.NoError(t, c.Client.Create(t.Context(), object))
	g := &generations{
		storage: configmap.New(c.Client, c.Client, clock.RealClock{}),
		owner:   storage.Owner{Namespace: namespace, Name: name, UID: object.UID},
	}
	g.publish(t)
	return g
}

func (g *generations) publish(t *testing.T) {
	t.Helper()
	g.number++
	description := fmt.Sprintf("Generation %d", g.number)
	list := make([]registry.Server, 0, servers)
	for i := range servers {
		server := registry.Server{Name: fmt.Sprintf("io.example/server-%04d", i), Version: "1.0.0"}
		server.JSON = fmt.Appendf(nil, `{"description":%q,"name":%q,"version":"1.0.0"}`, description, server.Name)
		list = append(list, server)
	}
	next, _, err := registry.Build(list, g.last, time.Now())
	require.NoError(t, err)
	g.digests.Store(string(next.Digest[7:23]), description)
	g.last = next
	_, err = g.storage.Publish(t.Context(), g.owner, next, storage.Origin{Revision: description}, nil)
	require.NoError(t, err)
}

// publishEverySecond goes on until ctx ends.
func (g *generations) publishEverySecond(ctx context.Context, t *testing.T) {
	t.Helper()
	for tick := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			g.publish(t)
		}
	}
}
