// Command kube is all of Kubernetes and etcd in one program, so that it is
// compiled and linked once. It acts as the component that its own name says
// (by a symbolic link) or else its first argument.
package main
