// Command scorecard has the tests that "operator-sdk scorecard" runs beside its
// own. Each reads the bundle in /bundle and prints a TestStatus; those that need
// an operator use the namespace and the service account of their Pod:
//
//	least-privilege    the bundle asks for no right that a reviewer would refuse
//	related-images     every image is named, by its digest, as a related image
//	sample-serves      the first sample is synced, and its API answers with its servers
//	registry-upgraded  the registries of the previous version are served by this one
//
// The last two need the operator in the cluster, and rights to get, list, create
// and delete mcpregistries and configmaps in the namespace. The program makes the
// sample and its ConfigMap, removes them, and touches nothing else.
package main
