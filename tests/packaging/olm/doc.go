// Package olm installs the bundle with the Operator Lifecycle Manager, as a
// process beside a real control plane, in each install mode. The operator runs as
// a process too, with the token and the environment that OLM gave it and nothing
// else, and does its main job. Then it is upgraded, and a bundle that wants a newer
// Kubernetes is refused.
//
// It runs with E2E_PACKAGING=1 only; make e2e-packaging says where the programs are.
package olm
