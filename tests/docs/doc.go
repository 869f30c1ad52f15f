// Package docs keeps the documents true: what they list is generated from, or
// compared with, the code.
package docs
