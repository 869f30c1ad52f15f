package chaos

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

const (
	// steady servers are in every state; of the others some are, so that two
	// states never differ by more than the shrink guard lets through.
	steady = 8
	others = 4
	// fatness is the size of a large source, which is stored in several chunks.
	fatness = 1_300_000
)

// origin is one source of one registry, and the book of what it said.
type origin struct {
	// id is unique; the names of its servers begin with it.
	id    string
	place place
	// loose sources may shrink and be empty, and mean it.
	loose bool
	// hides says that the registry's filter keeps one server out.
	hides bool
	fat   bool
	// pinned sources never change; whatever else they say is a lie.
	pinned bool

	mu   sync.Mutex
	said []statement
}

// statement is one state that a source was in.
type statement struct {
	file []byte
	// servers are those that have to be stored: canonical JSON by name.
	servers map[string]string
}

// next writes a new state into the book. The source says it only after that, so
// a reader never finds one that is not there yet.
func (o *origin) next(t *testing.T, c *chance) []byte {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	switch {
	case o.loose && c.in(15): // empty, and meant
	case o.loose && c.in(20):
		names = []string{"s0"}
	default:
		for i := range steady {
			names = append(names, fmt.Sprintf("s%d", i))
		}
		for i := range others {
			if c.in(50) {
				names = append(names, fmt.Sprintf("o%d", i))
			}
		}
		names = append(names, "hidden")
	}
	s := statement{file: o.write(strconv.Itoa(len(o.said)), names)}
	s.servers = o.read(t, s.file)
	o.said = append(o.said, s)
	return s.file
}

// write makes a registry file whose servers say which state they are of.
func (o *origin) write(state string, names []string) []byte {
	servers := map[string]any{}
	for _, name := range names {
		full := o.id + "-" + name
		entry := map[string]any{
			"description": o.id + " state " + state, "tier": "Community", "status": "Active",
			"transport": "stdio", "tools": []string{"echo"}, "image": "ghcr.io/acme/" + full + ":1.0.0",
		}
		if o.fat {
			entry["overview"] = noise(fatness / steady)
		}
		servers[full] = entry
	}
	file, err := json.Marshal(map[string]any{"version": "1.0.0", "last_updated": "2026-11-01T00:00:00Z", "servers": servers})
	if err != nil {
		panic(err) // texts always marshal
	}
	return file
}

// noise cannot be compressed by much.
func noise(size int) string {
	raw := make([]byte, size*3/4)
	for i := range raw {
		raw[i] = byte(rand.Uint32())
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// read is what has to become of a file.
func (o *origin) read(t *testing.T, file []byte) map[string]string {
	t.Helper()
	catalog, err := format.Parse(format.ToolHive, file)
	require.NoError(t, err)
	require.Empty(t, catalog.Rejected)
	servers := map[string]string{}
	for _, s := range catalog.Servers {
		if !o.hides || !strings.HasSuffix(s.Name, "-hidden") {
			servers[s.Name] = string(s.JSON)
		}
	}
	return servers
}

// now is what the source says if it tells the truth.
func (o *origin) now() (state int, s statement) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.said) - 1, o.said[len(o.said)-1]
}

// same says whether two states hold the same, as two empty ones do.
func (o *origin) same(a, b int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return a >= 0 && maps.Equal(o.said[a].servers, o.said[b].servers)
}

// lie is a file that must never be stored.
func (o *origin) lie(c *chance) []byte {
	_, truth := o.now()
	lies := [][]byte{
		truth.file[:c.below(len(truth.file))],
		[]byte("<!DOCTYPE html><title>502 Bad Gateway</title>"),
		[]byte(`{"message":"no healthy upstream"}`),
		[]byte(`null`),
		append([]byte("\xef\xbb\xbf\x00"), truth.file...),
	}
	if !o.loose {
		lies = append(lies, o.write("never", nil), o.write("never", []string{"s0", "s1"}))
	}
	if o.pinned {
		lies = append(lies, o.write("never", []string{"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "hidden"}))
	}
	return pick(c, lies)
}

// judge finds the state that servers are of, which has to be one that the source
// was in, and not an earlier one than was seen before: -1 for none.
func (o *origin) judge(servers map[string]string, seen int) (state int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for state = max(seen, 0); state < len(o.said); state++ {
		if maps.Equal(servers, o.said[state].servers) {
			return state, nil
		}
	}
	if len(servers) == 0 && seen < 0 {
		return -1, nil // it has not given anything yet
	}
	return seen, fmt.Errorf("source %s, seen in state %d, said up to state %d: stored are %s",
		o.id, seen, len(o.said)-1, brief(servers))
}

// brief tells names and descriptions, which hold the state.
func brief(servers map[string]string) string {
	var told []string
	for name, raw := range servers {
		var entry struct{ Description string }
		_ = json.Unmarshal([]byte(raw), &entry)
		told = append(told, fmt.Sprintf("%s (%s)", name, entry.Description))
	}
	return fmt.Sprintf("%d servers: %s", len(told), strings.Join(told, ", "))
}

// originOf is the id in a server's name.
func originOf(r registry.Parsed) string {
	_, name, _ := strings.Cut(r.Name, "/")
	return name[:max(0, strings.LastIndex(name, "-"))]
}
