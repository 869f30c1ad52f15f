// Package chunk is how a snapshot is written into small pieces and put together
// again: compressed as one zstd stream, then cut.
//
// It is pure, so that the operator (which writes) and the API service (which
// reads) share it without sharing a Kubernetes client. All that is read here may
// have been edited by hand: sizes and counts are bounded, the names of pieces
// must follow [Name], and nothing is returned that is not what its digests say.
//
// The stored bytes of a snapshot may differ between versions of the compressor;
// only its content has a meaning.
package chunk
