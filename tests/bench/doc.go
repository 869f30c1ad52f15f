// Package bench measures the way of the data at the sizes that matter: 10,000
// server versions, which is a large company, and 100,000, which is a public registry.
//
// Each step is measured by itself, in the order in which a sync takes them. The
// handlers of the API have benchmarks of their own in pkg/apiserver.
package bench
