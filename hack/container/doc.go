// Package container makes container images out of files, without a container engine:
// those with a program of ours for each architecture, the bundle's and the
// catalogue's.
//
// Equal inputs give equal images, bit by bit: everything has a fixed order, owner and
// time, and nothing is read from the machine that builds. It neither compiles programs
// nor knows registries.
package container
