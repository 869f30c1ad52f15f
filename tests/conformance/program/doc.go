// Package program builds the product and runs it as a user would, and finds
// files of the modules that the tests compare it with.
package program
