// Package telemetry gives the operator's metrics of the registries: how old their
// data is, what failed and why, how many servers they have and left out.
//
// It stands beside the way of the data. Gauges are made from the status of the
// MCPRegistry objects when somebody asks for them, so that they say what the
// status says, are there again at once after a restart, and go with the object.
// Only failures are counted, by the controller's call of [Metrics.Attempted].
//
// Invariants: labels are names of registries and reasons, which are constants of
// the API, and never a text from a source; only the replica that works has the
// metrics of registries. The metrics of the API services are another package,
// pkg/apiserver/telemetry, and another endpoint.
package telemetry
