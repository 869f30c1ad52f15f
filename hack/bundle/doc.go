// Command bundle makes the operator's bundle for the Operator Lifecycle Manager
// (OLM) from the chart:
//
//	chart + values.yaml ─┐
//	manifests/bases ─────┤                                    ┌ manifests/
//	descriptors in api/ ─┼→ operator-sdk generate → finish → ─┤ metadata/
//	tests/manifests ─────┤                                    └ tests/scorecard/
//	scorecard/ ──────────┘
//
// Equal inputs give equal bytes. Rights, the Deployment and the definition are the
// chart's: nothing of them is written here. With -catalog it makes the
// beginning of a file-based catalogue from bundles instead: the package, and the
// channel that leads from each version to the next.
package main
