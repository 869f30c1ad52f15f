// Package sourcetest is the conformance test of fetchers: what every
// [source.Fetcher] does, whatever it fetches from.
package sourcetest
