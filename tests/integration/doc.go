// Package integration runs the operator's controller in this process against a
// real kube-apiserver. There is no node: a stand-in for the kubelet makes the
// API Pods ready. What needs running Pods is told in package e2e.
//
// The tests are skipped with -short.
package integration
