// Package release makes a release into a registry on loopback with make release, as a
// maintainer would, and looks at every product as a user would: with cosign, helm and
// opm, and with nothing but what can be pulled.
//
// It releases what is committed, from a clone of its own. It runs with E2E_PACKAGING=1
// only; make e2e-packaging says where the programs are.
package release
