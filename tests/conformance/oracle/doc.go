// Package oracle asks the official MCP Registry and our API service the same
// questions and compares the answers.
//
// The official registry is the released program over a PostgreSQL of its own. It
// gets the corpus in its own ways: its importer reads the first wave from our
// server, later ones are published over its API, statuses are changed over its
// API; so which version is the latest, it decides itself. Only the times are
// set in the database afterwards, because nobody can wait for hours.
//
// What differs is in one list, with a reason each; the list is the table in
// docs/conformance.md. A difference that is not listed fails the test, and so
// does a listed one that is no more.
package oracle
