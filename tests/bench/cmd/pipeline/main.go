// Pipeline takes a registry file the way of a sync, or does the least that must
// be done for it, once and in a process of its own, so that the kernel can say
// what it took:
//
//	pipeline least FILE         json.Valid, SHA-256 and zstd over the bytes of the file
//	pipeline sync FORMAT FILE   all that a sync does between fetching and writing
//	                            ConfigMaps
//	pipeline pages FORMAT FILE  the same with a source that is spooled: each line
//	                            of the file is a page of its own
//
// What it prints is a Report.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
)

// Report is what was measured.
type Report struct {
	// Seconds are those after the file was read.
	Seconds float64
	// Again are those of a second sync of the unchanged source, and Changed those of
	// a third, of a source that says it has changed.
	Again, Changed float64
	// Servers that were stored, and entries that were rejected.
	Servers, Rejected int
	// Stored is the size of what was stored, compressed.
	Stored int
	// Digest is that of the file, from the least, for it must not be left out.
	Digest string
	// Peak is the most memory that the process had up to the end of the first sync,
	// and PeakChanged in the third.
	Peak, PeakChanged int
	// CPU is the processor time up to the end of the first sync, in seconds.
	CPU float64
}

func main() {
	report, err := run(os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(report)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// cpu is the processor time of this process so far, in seconds.
func cpu() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// peak asks the kernel for the most memory since the last time. What it tells a parent of a child begins with the
// parent's own memory.
func peak() (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.Atoi(kilobytes)
	if err != nil {
		return 0, err
	}
	return n << 10, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

func run(args []string) (Report, error) {
	switch {
	case len(args) == 2 && args[0] == "least":
		return least(args[1])
	case len(args) == 3 && (args[0] == "sync" || args[0] == "pages"):
		return sync(args[0], format.Format(args[1]), args[2])
	}
	return Report{}, errors.New("pipeline least FILE, or pipeline sync|pages FORMAT FILE")
}

// least uses the compressor as storage does.
func least(file string) (Report, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Report{}, err
	}
	started := time.Now()
	if !json.Valid(data) {
		return Report{}, errors.New("the file is not valid JSON")
	}
	digest := sha256.Sum256(data)
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return Report{}, err
	}
	stored := len(encoder.EncodeAll(data, make([]byte, 0, len(data)/4)))
	seconds := time.Since(started).Seconds()
	most, err := peak()
	return Report{Seconds: seconds, Peak: most, CPU: cpu(), Stored: stored, Digest: hex.EncodeToString(digest[:])}, err
}
