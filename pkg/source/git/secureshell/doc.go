// Package secureshell runs a command on a server over SSH: the way to Git
// repositories that are not read over HTTPS.
//
// It belongs to the first step of the data's way, below package git, which knows
// what the command is and what it says. Where may be connected to is the business
// of package egress, whose dialer it is given.
//
// Invariants: the server's host key is checked against known hosts, always, before
// anything else happens; there is no other way to log in than with the one private
// key. It reads no configuration, no agent and no keys of the machine it runs on.
package secureshell
