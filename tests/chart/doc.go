// Package chart tests the Helm chart without a cluster: it renders
// charts/mcp-registry-operator with Helm's own engine and looks at the objects.
package chart
