// Package scorecard runs the bundle's scorecard for real: each built-in test and
// ours that needs no operator as a process that sees the bundle and nothing else,
// and all of them with "operator-sdk scorecard" in Pods of a node. There the
// registry that must survive was made by an earlier version of the operator.
//
// It runs with E2E_PACKAGING=1 only; make e2e-packaging says where the programs are.
package scorecard
