package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// Garbage may lie around before it is collected: 8 MiB of it, or this share of a
// large snapshot, whose records take a while to look through. Go's default would
// let it grow to the snapshot's size.
const (
	garbageBytes   = 8 << 20
	garbagePercent = 20
)

// limitMemory makes the garbage collector work harder before the container is
// killed. What is not heap needs the rest.
func limitMemory(container int64) {
	if container > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(container / 10 * 9)
	}
}

// settleMemory gives back what loading a snapshot needed, and the snapshot
// before it, and fits the collector to what stays. GOGC goes before it.
func settleMemory() {
	debug.FreeOSMemory()
	if os.Getenv("GOGC") != "" {
		return
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	debug.SetGCPercent(min(max(int(garbageBytes*100/max(stats.HeapAlloc, 1)), garbagePercent), 100))
}

// sourceBytes is how much source data is worked on at a time. What parsing,
// merging and storing take of memory is several times that, so it is an eighth
// of the container's; but one source of the largest allowed size always fits.
func sourceBytes(maxSource, container int64) int64 {
	if container <= 0 {
		return 2 * maxSource
	}
	return max(maxSource, container/8)
}
