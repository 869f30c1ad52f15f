// Package tokenreview keeps the list of who may review tokens.
//
// To review a token is a right for the whole cluster, so a Role in a registry's
// namespace cannot give it, and an object for the whole cluster cannot belong to
// a registry and be collected with it. So there is one ClusterRoleBinding, which
// comes and goes with the operator's release, and this package keeps its
// subjects: the service accounts of those registries that ask for TokenReview.
//
// Invariant: the subjects follow from the registries that exist now. What
// somebody adds or removes by hand is put right. The binding itself is neither
// made nor deleted, and nothing but its subjects is written.
package tokenreview
