// Package helmchart packages the chart for a release: with its version, and with the
// operator's image pinned by digest.
//
// Equal inputs give an equal package, which helm package does not promise: it writes the
// time of day into it. What is pushed is made by Helm's own client.
package helmchart
