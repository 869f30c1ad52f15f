// Package page looks at the page of the API service in a real browser: the
// server is the program's, the browser is Chromium, driven over its own
// protocol.
//
// What holds for every test: no error on the console, no dialog, and no request
// to another host. make page-test runs the tests; without it they are skipped.
package page
