package main

import (
	"context"
	"fmt"
	"strings"
)

// run runs one test. Scorecard tells a fault of the operator from a test that
// could not be carried out.
func run(ctx context.Context, name, folder string) result {
	one, known := tests[name]
	if !known {
		return result{Name: name, State: "error", Errors: []string{fmt.Sprintf("there is no test %q", name)}}
	}
	b, err := readBundle(folder)
	if err != nil {
		return result{Name: name, State: "error", Errors: []string{err.Error()}}
	}
	var log strings.Builder
	faults, err := one(ctx, b, &log)
	r := result{Name: name, Log: log.String(), State: "pass", Errors: faults}
	if len(faults) > 0 {
		r.State = "fail"
	}
	if err != nil {
		r.State, r.Errors = "error", append(r.Errors, err.Error())
	}
	return r
}
