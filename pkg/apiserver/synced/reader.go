// Package synced tells the API service when the sources of its registry were last
// read. Only the status of the MCPRegistry knows that: what is stored holds no time
// of a look that found nothing new, so that such a look writes nothing.
package synced

import (
	"context"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

const (
	// freshness is for how long an answer is good: however many clients ask, this
	// is how often Kubernetes is asked.
	freshness = 10 * time.Second
	// patience is how long a client waits for what is only nice to know.
	patience = time.Second
)

// Reader reads the status of one registry. It is safe for concurrent use.
type Reader struct {
	// read returns the status as Kubernetes has it.
	read func(context.Context) (v1alpha1.MCPRegistryStatus, error)
	now  func() time.Time

	mu    sync.Mutex
	asked time.Time
	known apiserver.Synced
}

// New returns a reader of the registry of that name. It needs the right to get its
// status, and asks nothing yet.
func New(config *rest.Config, namespace, name string) (*Reader, error) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	config.GroupVersion, config.APIPath, config.ContentType = &v1alpha1.GroupVersion, "/apis", runtime.ContentTypeJSON
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("making a client of MCPRegistry: %w", err)
	}
	read := func(ctx context.Context) (v1alpha1.MCPRegistryStatus, error) {
		var object v1alpha1.MCPRegistry
		err := client.Get().Namespace(namespace).Resource("mcpregistries").Name(name).SubResource("status").Do(ctx).Into(&object)
		return object.Status, err
	}
	return &Reader{read: read, now: time.Now}, nil
}

// Read returns what is known, and asks Kubernetes if that is not fresh. Without an
// answer, what was known stays.
func (r *Reader) Read() apiserver.Synced {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now().Sub(r.asked) < freshness {
		return r.known
	}
	// Not the context of the request: the answer is for all, whoever goes away meanwhile.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	status, err := r.read(ctx)
	if err == nil {
		r.known = from(status)
	}
	r.asked = r.now()
	return r.known
}

func from(status v1alpha1.MCPRegistryStatus) apiserver.Synced {
	s := status.SyncStatus
	if s == nil {
		return apiserver.Synced{}
	}
	known := apiserver.Synced{Last: at(s.LastSyncTime), Sources: make(map[string]time.Time, len(s.Sources))}
	for _, source := range s.Sources {
		known.Sources[source.Name] = at(source.LastSyncTime)
	}
	return known
}

func at(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
