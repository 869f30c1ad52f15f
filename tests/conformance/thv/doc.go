// Package thv runs the released command line tool of ToolHive against the
// program, as a user does: point it at the registry, list, search, show.
//
// The tool pages through the registry in steps of one at every command and gives
// up after ten seconds, so what is tested is also that a page of one is cheap.
package thv
