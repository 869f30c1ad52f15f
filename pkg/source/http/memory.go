package http

import (
	"sync"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// maxRemembered bounds a [Memory]. When it is full it begins anew: what is
// forgotten costs one download.
const maxRemembered = 1000

// Memory knows by which names servers call files now whose bytes have not
// changed since another name was recorded for them. A server that was deployed
// anew calls all its files by new names; without a memory such a file would be
// downloaded at each look until it changes. The zero value is ready for use.
type Memory struct {
	mu    sync.Mutex
	names map[remembered]revision
}

type remembered struct {
	url    string
	digest registry.Digest
}

// note remembers r as the present name of the file at url.
func (m *Memory) note(url string, r revision) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.names) >= maxRemembered || m.names == nil {
		m.names = map[remembered]revision{}
	}
	m.names[remembered{url, r.digest}] = r
}

// recall returns the present name of what before names, as far as it is known.
func (m *Memory) recall(url string, before revision) revision {
	if m == nil {
		return before
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now, found := m.names[remembered{url, before.digest}]; found {
		return now
	}
	return before
}
