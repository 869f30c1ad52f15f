package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/reload"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// breath leaves time to others.
const breath = 10 * time.Millisecond

// witness is one way to look at a registry. What it saw last is the least that it
// may see next.
type witness struct {
	team *team
	mu   sync.Mutex
	seen map[string]int // the state of each origin
}

func newWitness(of *team) *witness {
	w := &witness{team: of, seen: map[string]int{}}
	for _, o := range of.origins {
		w.seen[o.id] = -1
	}
	return w
}

// check judges all that a registry holds.
func (w *witness) check(snapshot registry.Snapshot) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := map[string]map[string]string{}
	err := snapshot.Each(func(p registry.Parsed) error {
		id := originOf(p)
		if held[id] == nil {
			held[id] = map[string]string{}
		}
		held[id][p.Name] = string(p.Server)
		return nil
	})
	if err != nil {
		return err
	}
	for _, o := range w.team.origins {
		state, err := o.judge(held[o.id], w.seen[o.id])
		if err != nil {
			return fmt.Errorf("registry %s: %w", w.team.name, err)
		}
		w.seen[o.id] = state
		delete(held, o.id)
	}
	if len(held) > 0 {
		return fmt.Errorf("registry %s holds servers of nobody's", w.team.name)
	}
	return nil
}

// upToDate is nil when the last thing seen is what the sources say now.
func (w *witness) upToDate() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.team.origins {
		if state, _ := o.now(); !o.same(w.seen[o.id], state) {
			return fmt.Errorf("registry %s has state %d of source %s, which is in state %d", w.team.name, w.seen[o.id], o.id, state)
		}
	}
	return nil
}

// readers look at all registries all the time.
type readers struct {
	*cluster.Cluster
	reads, loads, again atomic.Int64
	// wrong takes the first thing that was.
	wrong chan error
	stop  context.CancelFunc
	all   sync.WaitGroup
}

// report keeps the first error.
func (r *readers) report(err error) {
	select {
	case r.wrong <- err:
	default:
	}
}

func startReaders(t *testing.T, c *cluster.Cluster, teams []*team) *readers {
	t.Helper()
	r := &readers{Cluster: c, wrong: make(chan error, 1)}
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	t.Cleanup(func() { stop(); r.all.Wait() })
	for _, team := range teams {
		team.service, team.served = apiserver.New(apiserver.Options{}), newWitness(team)
		r.all.Go(func() { r.follow(ctx, team) })
	}
	r.all.Go(func() {
		witnesses := map[*team]*witness{}
		for _, team := range teams {
			witnesses[team] = newWitness(team)
		}
		for ctx.Err() == nil {
			for _, team := range teams {
				r.read(ctx, team, witnesses[team])
				wait(ctx, breath)
			}
		}
	})
	return r
}

// follow does what an API Pod does, with the same code, and judges every snapshot
// before it is served.
func (r *readers) follow(ctx context.Context, of *team) {
	follower := &reload.Follower{
		ConfigMaps: r.Clientset.CoreV1().ConfigMaps(namespace), Pointer: v1alpha1.StorageName(of.name),
		Load: func(snapshot registry.Snapshot) error {
			if err := of.served.check(snapshot); err != nil {
				r.report(fmt.Errorf("loaded to be served: %w", err))
			}
			r.loads.Add(1)
			return of.service.Load(snapshot)
		},
	}
	follower.Run(ctx)
}

// read reads what is stored. A pointer that stays as it is names a whole snapshot.
func (r *readers) read(ctx context.Context, of *team, saw *witness) {
	var version string
	for ctx.Err() == nil {
		snapshot, now, err := r.stored(ctx, of)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && now == "":
			if of.acknowledged.Load() && !of.deleted.Load() {
				r.report(fmt.Errorf("registry %s has lost all that was stored", of.name))
			}
			return
		case err == nil:
			of.acknowledged.Store(true)
			if err := saw.check(snapshot); err != nil {
				r.report(fmt.Errorf("stored: %w", err))
			}
			r.reads.Add(1)
			return
		case now == version && now != "" && !of.deleted.Load():
			r.report(fmt.Errorf("registry %s: the pointer of version %s names what is not whole: %w", of.name, now, err))
			return
		}
		version = now
		r.again.Add(1)
	}
}

// stored reads the pointer and its chunks; no version means that there is none.
func (r *readers) stored(ctx context.Context, of *team) (registry.Snapshot, string, error) {
	maps := r.Clientset.CoreV1().ConfigMaps(namespace)
	pointer, err := maps.Get(ctx, v1alpha1.StorageName(of.name), metav1.GetOptions{})
	if err != nil {
		return registry.Snapshot{}, "", client.IgnoreNotFound(err)
	}
	manifest, err := manifestOf(pointer)
	if err != nil {
		return registry.Snapshot{}, pointer.ResourceVersion, err
	}
	snapshot, err := chunk.Join(manifest, func(c storage.Chunk) ([]byte, error) {
		piece, err := maps.Get(ctx, c.Name, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		return piece.BinaryData[v1alpha1.StorageKeyChunk], nil
	})
	return snapshot, pointer.ResourceVersion, err
}

func manifestOf(pointer *corev1.ConfigMap) (storage.Manifest, error) {
	return chunk.ParseManifest([]byte(pointer.Data[v1alpha1.StorageKeyManifest]))
}

// ask reads what a process serves, again and again, until ctx ends.
func (r *readers) ask(ctx context.Context, address string, saw *witness) {
	for ctx.Err() == nil {
		snapshot, err := served(ctx, address)
		if err == nil {
			err = saw.check(snapshot)
		}
		if err != nil && ctx.Err() == nil {
			r.report(fmt.Errorf("served at %s: %w", address, err))
		}
		r.reads.Add(1)
		wait(ctx, breath)
	}
}

// served is one page, which is all, in the form of a snapshot.
func served(ctx context.Context, address string) (registry.Snapshot, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/v0.1/servers?limit=100", nil)
	if err != nil {
		return registry.Snapshot{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return registry.Snapshot{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return registry.Snapshot{}, errors.New(response.Status)
	}
	var page struct{ Servers []json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		return registry.Snapshot{}, err
	}
	var content []byte
	for _, line := range page.Servers {
		content = append(append(content, line...), '\n')
	}
	return registry.New(content, len(page.Servers)), nil
}

// requireNothingWrong ends the test at the first thing that was.
func (r *readers) requireNothingWrong(t *testing.T) {
	t.Helper()
	select {
	case err := <-r.wrong:
		require.NoError(t, err)
	default:
	}
}
