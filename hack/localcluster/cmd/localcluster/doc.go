// Command localcluster runs a real Kubernetes on this machine. It expects the
// component programs beside itself; run.sh builds them there.
package main
