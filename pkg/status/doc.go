// Package status turns what a reconcile found into the status of an MCPRegistry.
//
// [Compute] is the only place that sets conditions, phase and message. It is
// pure: the same facts over the same old status give the same new status, so a
// reconcile that found nothing new writes nothing.
package status
