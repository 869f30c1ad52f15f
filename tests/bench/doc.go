// Package bench measures the way of the data at the sizes that matter: 10,000
// server versions, which is a large company, and 100,000, which is a public registry.
//
// Each step is measured by itself, in the order in which a sync takes them. The
// handlers of the API have benchmarks of their own in pkg/apiserver. What is compared
// with another program in the same run, the API service with a bare handler and the Git
// source with git, are tests that BENCH=1 turns on.
package bench
