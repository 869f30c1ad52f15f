package bench

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/bench/load"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/program"
)

const (
	// connections is how many clients ask at a time.
	connections = 16
	// starts is how often the server is started.
	starts = 9
	// rounds is how often both servers are put under load, in turn.
	rounds = 31
	// roundTime is how long each time: the machine's other work changes within
	// seconds, and both should have the same of it.
	roundTime = 300 * time.Millisecond
	// different is how many different pages, servers and searches are asked for.
	different = 2000
)

// apiSizes are a registry that a company may have, and the public one.
var apiSizes = []int{10_000, 187_000}

// TestAPI compares the API service, a process that follows a real Kubernetes,
// with the least that could be done in its place, on the same machine at the
// same time: a handler that answers the same requests with fixed bytes, and a
// program that reads, decompresses and hashes the same chunks.
func TestAPI(t *testing.T) {
	if os.Getenv("BENCH") == "" {
		t.Skip("BENCH is not set: make bench runs this")
	}
	w := newWorld(t, cluster.ControlPlane(t))
	bare := w.startBaseline(t)
	for _, size := range apiSizes {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			snapshot := corpus.Snapshot(t, size)
			stored := w.store(t, fmt.Sprintf("bench-%d", size), snapshot)
			server := w.compareStart(t, stored)
			steady := server.Memory(t)
			fmt.Printf("%d records of %d bytes, %.1f MB in all\n\n", size, len(snapshot.Content)/size, megabytes(len(snapshot.Content)))
			compareLoad(t, w, server, bare, snapshot)
			compareMemory(t, server, steady, snapshot)
			w.compareSwap(t, server, stored, snapshot)
		})
	}
}

// question is one kind of request.
type question struct {
	name   string
	paths  []string
	header map[string]string
	status int
	goal   float64
}

func compareLoad(t *testing.T, w *world, server, bare *program.Process, snapshot registry.Snapshot) {
	t.Helper()
	fmt.Printf("%-20s %9s %9s %7s %6s %9s %9s\n", "", "API /s", "bare /s", "ratio", "goal", "p99", "CPU")
	for _, q := range questions(t, server, snapshot) {
		sample := w.load(t, load.Plan{
			Address: server.Address, Paths: q.paths, Headers: q.header, Status: q.status, Connections: 1, Duration: roundTime,
		})
		size := sample.Bytes
		if q.status == http.StatusNotModified {
			size = q.status
		}
		bare.WaitFor(t, fmt.Sprintf("/size/%d", size))
		var ours, theirs, ratios, tails, costs []float64
		for range rounds {
			a, costA := w.measure(t, server, load.Plan{Paths: q.paths, Headers: q.header, Status: q.status})
			b, costB := w.measure(t, bare, load.Plan{Paths: q.paths, Headers: q.header, Status: q.status})
			ours, theirs = append(ours, a.PerSecond), append(theirs, b.PerSecond)
			ratios, tails = append(ratios, a.PerSecond/b.PerSecond), append(tails, float64(a.P99)/float64(b.P99))
			costs = append(costs, costA/costB)
		}
		fmt.Printf("%-20s %9.0f %9.0f %7.2f %6.2f %9.2f %9.2f\n", q.name, median(ours), median(theirs), median(ratios), q.goal, median(tails), median(costs))
	}
	fmt.Print("(ratio: requests a second of the API by those of the bare handler; p99 and CPU: the API's by the bare handler's)\n\n")
}

// measure puts p under load; the second result is its processor time per request.
func (w *world) measure(t *testing.T, p *program.Process, plan load.Plan) (load.Report, float64) {
	t.Helper()
	plan.Address, plan.Connections, plan.Duration = p.Address, connections, roundTime
	before := p.CPU(t)
	report := w.load(t, plan)
	return report, (p.CPU(t) - before).Seconds() / float64(report.Requests)
}

// questions are what clients ask, of as many different records as there are.
func questions(t *testing.T, server *program.Process, snapshot registry.Snapshot) []question {
	t.Helper()
	var ones, searches []string
	keep := max(snapshot.Servers/different, 1)
	n := 0
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error {
		if n++; n%keep == 0 {
			ones = append(ones, "/v0.1/servers/"+url.PathEscape(p.Name)+"/versions/"+url.PathEscape(p.Version))
		}
		return nil
	}))
	pages := cursors(t, server, snapshot.Servers)
	for _, text := range commonSearches(t, server, snapshot) {
		searches = append(searches, "/v0.1/servers?limit=30&search="+url.QueryEscape(text))
	}
	tag := server.Get(t, "/v0.1/servers", &struct{}{}).Get("ETag")
	return []question{
		{"list 30", []string{"/v0.1/servers"}, nil, 200, 0.85},
		{"list 100", []string{"/v0.1/servers?limit=100"}, nil, 200, 0.85},
		{"random page of 30", pages, nil, 200, 0.8},
		{"latest 50", []string{"/v0.1/servers?limit=50&version=latest"}, nil, 200, 0.85},
		{"one version", ones, nil, 200, 0.85},
		{"search, 30 hits", searches, nil, 200, 0.5},
		{"unchanged (304)", []string{"/v0.1/servers"}, map[string]string{"If-None-Match": tag}, 304, 0.95},
	}
}

// cursors walks the list and returns pages of 30 that begin anywhere in it.
func cursors(t *testing.T, p *program.Process, servers int) []string {
	t.Helper()
	var found []string
	path := "/v0.1/servers?limit=100"
	for range servers / 100 {
		var page struct{ Metadata struct{ NextCursor string } }
		p.Get(t, path, &page)
		if page.Metadata.NextCursor == "" {
			break
		}
		path = "/v0.1/servers?limit=100&cursor=" + page.Metadata.NextCursor
		found = append(found, "/v0.1/servers?limit=30&cursor="+page.Metadata.NextCursor)
	}
	rand.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	return found[:min(len(found), different)]
}

// commonSearches returns texts that at least 30 records hold: two words that
// follow each other in a description, or what begins them.
func commonSearches(t *testing.T, p *program.Process, snapshot registry.Snapshot) []string {
	t.Helper()
	candidates := map[string]bool{}
	every := max(snapshot.Servers/200, 1)
	n := 0
	require.NoError(t, snapshot.Each(func(r registry.Parsed) error {
		if n++; n%every == 0 {
			words := strings.Fields(strings.Trim(string(r.Description), `"`))
			candidates[strings.Join(words[1:3], " ")] = true
		}
		return nil
	}))
	var found []string
	for text := range candidates {
		var page struct{ Metadata struct{ Count int } }
		p.Get(t, "/v0.1/servers?limit=30&search="+url.QueryEscape(text), &page)
		if page.Metadata.Count == 30 {
			found = append(found, text)
		}
	}
	require.NotEmpty(t, found)
	return found
}
