// Package ociserver is a container registry of a test, on loopback with a certificate
// of its own: a real one, behind which a login, a token server and a storage on other
// ports can be put. What tests push does not go through these.
package ociserver
