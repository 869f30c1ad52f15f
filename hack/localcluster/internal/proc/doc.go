// Package proc starts long-running processes that outlive their starter, and
// stops exactly those again.
//
// A process is remembered by its id and its start time: ids are reused, so an
// id alone could name a stranger's process after a while.
package proc
