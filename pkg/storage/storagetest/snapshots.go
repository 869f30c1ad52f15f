package storagetest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// Snapshot returns a snapshot of n servers of about 1 KB each. Different seeds
// give different content. Half of each record is random, so that the content
// compresses little.
func Snapshot(seed byte, n int) registry.Snapshot {
	random := rand.NewChaCha8([32]byte{seed})
	noise := make([]byte, 400)
	var content bytes.Buffer
	for i := range n {
		_, _ = random.Read(noise)
		fmt.Fprintf(&content, `{"server":{"name":"io.example/server-%06d","version":"1.0.0","description":%q},"_meta":{}}`+"\n",
			i, hex.EncodeToString(noise))
	}
	return registry.New(content.Bytes(), n)
}
