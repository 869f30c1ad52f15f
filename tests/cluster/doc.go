// Package cluster gives tests a real Kubernetes.
//
// [Node] is a cluster that runs Pods, with the operator's image loaded;
// [Cluster.InstallOperator] installs the chart on it. [ControlPlane] is a
// kube-apiserver with etcd and the controllers, but without a node, for tests
// that run the operator in-process.
//
// What a test started stops when the test ends, also when the test process is
// killed. What was running before stays as it was.
package cluster
