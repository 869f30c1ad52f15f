package chaos

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/program"
)

// TestChaos runs for the time that CHAOS says; CHAOS_SEED repeats the choices of
// another run.
func TestChaos(t *testing.T) {
	text := os.Getenv("CHAOS")
	if text == "" {
		t.Skip("CHAOS names no duration: make chaos runs this")
	}
	length, err := time.ParseDuration(text)
	require.NoError(t, err)
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("CHAOS_SEED"); given != "" {
		seed, err = strconv.ParseUint(given, 10, 64)
		require.NoError(t, err)
	}
	log.SetOutput(io.Discard) // net/http tells of every connection that the operator's death cuts
	fmt.Printf("chaos for %s with CHAOS_SEED=%d\n", length, seed)
	chance := newChance(seed)
	w := newWorld(t, chance)
	programs := program.Build(t)
	through := newProxy(t, w.Cluster, chance)
	readers := startReaders(t, w.Cluster, w.teams)
	// All begin with the truth: what a registry never had, nobody can miss.
	through.storm.Store(true)
	operator := startOperator(t, programs, through.Kubeconfig, chance, w.authorities())
	began := time.Now()
	w.createTeams(t)
	w.settled(t, readers)
	fmt.Printf("%d registries with %d sources are ready after %s\n", len(w.teams), len(w.origins), time.Since(began).Round(time.Second))
	startServices(t, programs, through, readers, w.teams[size-3:])

	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	killed := make(chan struct{})
	go func() { defer close(killed); operator.killAtRandom(ctx, through) }()
	go func() {
		select {
		case err := <-readers.wrong:
			readers.report(err)
			stop()
		case <-ctx.Done():
		}
	}()
	changes, lies, troubles, deletions := w.disturb(ctx, t)
	<-killed
	readers.requireNothingWrong(t)

	through.storm.Store(false)
	for _, o := range w.origins {
		w.heal(o)
	}
	began = time.Now()
	w.settled(t, readers)
	calm := time.Since(began).Round(time.Second)
	w.nothingLeftOver(t)
	w.deleteSome(t, size/5)
	w.nothingLeftOver(t)
	w.settled(t, readers)
	readers.requireNothingWrong(t)
	operator.requireEmptyScratch(t)
	summary(w, through, operator, readers)
	fmt.Printf("  sources: %d new states, %d lies, %d troubles begun; %d parts of API services deleted\n  all registries right %s after the end of the chaos\n", changes, lies, troubles, deletions, calm)
}

// startServices runs what API Pods run, as processes that reach Kubernetes
// through the proxy too.
func startServices(t *testing.T, programs program.Folder, through *proxy, r *readers, teams []*team) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	for _, tm := range teams {
		address := program.FreeAddress(t)
		server := programs.Start(t, program.Operator, address, []string{"KUBECONFIG=" + through.Kubeconfig}, "serve", "--namespace", namespace,
			"--storage-name", v1alpha1.StorageName(tm.name), "--listen-address", address, "--metrics-address", program.FreeAddress(t), "--log-level", "error")
		server.WaitFor(t, "/readiness")
		r.all.Go(func() { r.ask(ctx, address, newWitness(tm)) })
	}
}

func summary(w *world, through *proxy, o *operator, r *readers) {
	total, kinds := through.faults()
	fmt.Printf("Kubernetes API: %d requests, %d writes, %d faults: %s\n", through.requests.Load(), through.writes.Load(), total, kinds)
	fmt.Printf("  operator: killed %d times, started %d times, %d snapshots put in place of others\n", o.kills.Load(), o.starts.Load(), through.flips.Load())
	fmt.Printf("  readers: %d reads of what is stored or served, %d snapshots loaded, %d reads begun again; nothing was wrong\n", r.reads.Load(), r.loads.Load(), r.again.Load())
	for i, name := range []string{"configmap", "http", "api", "git", "oci"} {
		var asked, bad int64
		switch p := w.places[i].(type) {
		case *configMaps:
			asked, bad = p.requests.Load(), p.bad.Load()
		case *files:
			asked, bad = p.requests.Load(), p.bad.Load()
		case *registries:
			asked, bad = p.requests.Load(), p.bad.Load()
		case *repositories:
			asked, bad = p.requests.Load(), p.bad.Load()
		case *artifacts:
			asked, bad = p.requests.Load(), p.bad.Load()
		}
		fmt.Printf("  %s sources: %d requests, %d answered badly\n", name, asked, bad)
	}
}
