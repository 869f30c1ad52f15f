package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// test returns what is wrong, and tells log what it saw.
type test func(ctx context.Context, b bundle, log io.Writer) (faults []string, err error)

var tests = map[string]test{
	"least-privilege":   leastPrivilege,
	"related-images":    relatedImages,
	"sample-serves":     sampleServes,
	"registry-upgraded": registryUpgraded,
}

// patience is a little less than scorecard's own is to be.
const patience = 110 * time.Second

// result and status are what scorecard reads (v1alpha3.TestStatus).
type result struct {
	Name   string   `json:"name"`
	Log    string   `json:"log,omitempty"`
	State  string   `json:"state"`
	Errors []string `json:"errors,omitempty"`
}

type status struct {
	Results []result `json:"results"`
}

func main() {
	folder := os.Getenv("SCORECARD_BUNDLE")
	if folder == "" {
		folder = "/bundle"
	}
	name := ""
	if len(os.Args) == 2 {
		name = os.Args[1]
	}
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "    ")
	if err := encoder.Encode(status{Results: []result{run(ctx, name, folder)}}); err != nil {
		fmt.Fprintln(os.Stderr, "scorecard:", err)
	}
}
