// Package controlplane says how etcd, the API server, the controller manager
// and the scheduler are called, and when they are ready.
//
// It needs no root: everything listens on loopback or on the plan's address.
package controlplane
