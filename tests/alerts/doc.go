// Package alerts tests the chart's alerts with Prometheus' own evaluation: for
// each one that it comes when it has to, that it does not come when it need not,
// and what it says. It also parses every query of the dashboard.
package alerts
