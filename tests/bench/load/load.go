// Package load puts a server under load and says how it fared: a number of
// connections, each asking for the next thing as soon as it has the last one.
package load

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// Plan is what to ask, and how long.
type Plan struct {
	// Address is the host and port, Paths what to ask for, in random order.
	Address string   `json:"address"`
	Paths   []string `json:"paths"`
	// Headers go with every request.
	Headers map[string]string `json:"headers,omitempty"`
	// Status is what every answer must have.
	Status      int           `json:"status"`
	Connections int           `json:"connections"`
	Duration    time.Duration `json:"duration"`
}

// Report is how the server fared.
type Report struct {
	Requests  int     `json:"requests"`
	PerSecond float64 `json:"perSecond"`
	// P50 and P99 are of the time from request to the last byte of the answer.
	P50 time.Duration `json:"p50"`
	P99 time.Duration `json:"p99"`
	// Bytes is the length of an answer's body, on average.
	Bytes int `json:"bytes"`
}

// Run carries the plan out. A wrong status or a broken answer is an error.
func Run(plan Plan) (Report, error) {
	client := &fasthttp.HostClient{
		Addr: plan.Address, MaxConns: plan.Connections, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		DisablePathNormalizing: true, // a name's slash stays %2F, as the clients of registries send it
	}
	workers := make([]worker, plan.Connections)
	started := time.Now()
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() { workers[i].run(client, plan, started.Add(plan.Duration)) })
	}
	group.Wait()
	took := time.Since(started)

	var all []time.Duration
	var failures []error
	bytes := 0
	for _, w := range workers {
		all = append(all, w.latencies...)
		bytes += w.bytes
		failures = append(failures, w.err)
	}
	if err := errors.Join(failures...); err != nil || len(all) == 0 {
		return Report{}, fmt.Errorf("loading %s: %w", plan.Address, err)
	}
	slices.Sort(all)
	return Report{
		Requests: len(all), PerSecond: float64(len(all)) / took.Seconds(),
		P50: all[len(all)/2], P99: all[len(all)*99/100], Bytes: bytes / len(all),
	}, nil
}

type worker struct {
	latencies []time.Duration
	bytes     int
	err       error
}

func (w *worker) run(client *fasthttp.HostClient, plan Plan, end time.Time) {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	for key, value := range plan.Headers {
		request.Header.Set(key, value)
	}
	request.Header.SetHost(plan.Address)
	for now := time.Now(); now.Before(end); {
		request.SetRequestURI(plan.Paths[rand.IntN(len(plan.Paths))])
		if w.err = client.Do(request, response); w.err != nil {
			return
		}
		if response.StatusCode() != plan.Status {
			w.err = fmt.Errorf("%s: status %d: %.200s", request.RequestURI(), response.StatusCode(), response.Body())
			return
		}
		w.bytes += len(response.Body())
		after := time.Now()
		w.latencies = append(w.latencies, after.Sub(now))
		now = after
	}
}
