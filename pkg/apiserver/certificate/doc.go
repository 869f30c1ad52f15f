// Package certificate keeps the certificate of the API server up to date with
// the files that it comes from.
//
// The files are a mounted Secret of type kubernetes.io/tls. The kubelet renews
// them some time after the Secret has changed; a [Store] looks at them every few
// seconds, and connections that are made afterwards get the new certificate.
//
// Invariants: a certificate that cannot be used never replaces one that can; no
// connection waits for a file. The store neither checks names and chains, which
// is for clients to do, nor knows Kubernetes.
package certificate
