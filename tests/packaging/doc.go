// Package packaging tests on a real cluster what people do with the chart and
// the helm program: install, upgrade, roll back, uninstall and install again,
// with each version of Helm that people have.
//
// Package chart looks at what the chart renders; package e2e at what the
// operator does.
package packaging
