// Package pki issues the certificates of a throw-away cluster and writes the
// kubeconfig files that carry them.
//
// Everything is made anew for each cluster and valid for one year; nothing is
// ever renewed.
package pki
