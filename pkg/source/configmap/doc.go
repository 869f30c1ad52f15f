// Package configmap fetches a registry file from a key of a ConfigMap.
//
// An idle look costs no request: the revision is compared with the metadata
// that the manager's cache holds anyway. The content itself is read live, so
// the operator never caches what users put into their ConfigMaps.
package configmap
