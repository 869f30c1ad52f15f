// Package apiservice is the workload that serves one registry: a Deployment and
// a Service, with a ServiceAccount, a Role and a RoleBinding that let its pods
// read the registry's stored snapshot and nothing else.
//
// [Render] is pure: the same [Registry] gives the same [Objects]. An [Applier]
// brings the cluster to them. Its invariants: an object that belongs to somebody
// else is never touched; an object that already is as wanted costs no request;
// fields that others added (a webhook's sidecar, an autoscaler's replicas, the
// annotation of "kubectl rollout restart") stay.
//
// The package neither knows what a snapshot looks like nor what the pods run;
// that is pkg/storage and pkg/apiserver. It imports no API types: the controller
// translates its object into a [Registry].
//
// # Rights
//
// In the namespaces of the registries the operator needs, on serviceaccounts,
// services, apps/deployments and rbac roles and rolebindings: get, list and watch
// (its cache), create and patch. To grant get and watch on ConfigMaps it has to
// hold both itself. Where the OwnerReferencesPermissionEnforcement plugin is on
// (OpenShift), it also needs update on mcpregistries/finalizers.
package apiservice
