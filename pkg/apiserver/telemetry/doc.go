// Package telemetry tells people and machines how the API service of a registry
// does: Prometheus metrics on a port of their own, and an access log.
//
// It stands beside the way of the data. [Metrics.Observe] and [AccessLog.Observe]
// are told of each answer by package apiserver, [Metrics.Loaded] and
// [Metrics.Failed] of each swap by package reload.
//
// Invariants: labels are made of what the program itself knows, never of what a
// client sent, so that nobody can fill the memory with series; an observation
// takes no lock and allocates nothing; the public port never serves a metric.
package telemetry
