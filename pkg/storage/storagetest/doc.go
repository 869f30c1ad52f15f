// Package storagetest is what every backend of [storage.Manager] must pass: one
// suite, run by [Run] in the backend's own tests against a [Damager] that knows
// how the backend stores things and can spoil them.
package storagetest
