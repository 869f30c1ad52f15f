// Package bundle holds the committed bundle for OLM against what it is made from:
// the markers in the Go code, the chart and the definition. That it is as
// generated is checked by make verify, and that it works by tests/packaging.
package bundle
