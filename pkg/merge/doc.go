// Package merge makes one catalogue of several.
//
// It stands between the filters and the snapshot. Of two servers with the same
// name and version, that of the earlier catalogue wins; where the two differ the
// loser is reported. A server that two sources hold in the same words is no
// conflict.
//
// The package is pure. It neither knows where catalogues come from nor decides
// whether the result may replace what is stored.
package merge
