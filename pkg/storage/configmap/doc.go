// Package configmap stores snapshots in ConfigMaps beside their registry: the
// default backend of [storage.Manager].
//
//	<name>-registry-storage                  pointer: the manifest, small, mutable
//	<name>-registry-storage-<digest8>-<n>    chunks: compressed content, immutable
//	<name>-registry-source-<source>[-…]      the same for the slot of a source
//
// API services are told the first two only.
//
// Publishing lets the caller admit readers to the chunks, writes those that are missing,
// flips the pointer in one write, and only then deletes chunks that neither the
// current nor the previous manifest names. Killed anywhere in between, the
// pointer still names a whole snapshot, and the next Publish goes on from there.
// What it will never need again, Tidy deletes.
//
// Every object has a controller reference to its registry, so garbage collection
// cleans up. An object without it is somebody else's, whatever its name, and is
// neither read nor written nor deleted.
package configmap
