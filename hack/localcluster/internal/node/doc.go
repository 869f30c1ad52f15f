// Package node makes this machine the node of a cluster, and leaves it as it
// was afterwards.
//
// What it touches outside the cluster's own folders: one cgroup, one nftables
// table, IP forwarding, kube-proxy's nftables tables and, through containerd,
// network namespaces with their devices. Clean removes or restores each.
// It never touches the machine's own containerd or its configuration.
package node
