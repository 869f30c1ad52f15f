// Package gitserver serves Git repositories over HTTPS with the real git:
// every request runs `git http-backend`. Tests start one with [New]; the demo
// and the end-to-end tests run the command below cmd/gitserver.
package gitserver
