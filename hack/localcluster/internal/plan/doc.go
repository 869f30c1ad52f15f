// Package plan holds what is decided about a cluster before anything starts:
// its name, folders, addresses and ports.
//
// A plan is the one value every other package reads from; it is pure data and
// starts nothing. Two clusters with different names share no folder and no
// port.
package plan
