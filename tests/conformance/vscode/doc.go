// Package vscode is a client that sends what VS Code and GitHub Copilot send,
// byte for byte, and that is as strict as they are with what comes back.
//
// What matters is what they do that a careful client would not: the cursor goes
// into the URL as it is, the search is gone on the second page, one bad entry at
// the front of a page loses the page, and a 404 means that a server is forbidden.
package vscode
