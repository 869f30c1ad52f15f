package apiserver

import (
	"strings"
	"sync"
	"sync/atomic"
)

// cacheBytes bounds each of the two generations of a cache.
const cacheBytes = 2 << 20

// cacheKey is what a compressed body of a snapshot answers.
type cacheKey struct{ encoding, path, query string }

// cache remembers compressed bodies of one snapshot, the more recently used ones.
// Reading takes no lock. Bodies are put into the young generation; when that is
// full, it becomes the old one, and what was in the old one and not asked for
// since is forgotten. The zero value is an empty cache.
type cache struct {
	young, old atomic.Pointer[generation]
	turn       sync.Mutex
}

type generation struct {
	bodies sync.Map // cacheKey to []byte
	size   atomic.Int64
}

// get returns nil if the body is not known.
func (c *cache) get(key cacheKey) []byte {
	if body := c.young.Load().get(key); body != nil {
		return body
	}
	body := c.old.Load().get(key)
	if body != nil {
		c.put(key, body)
	}
	return body
}

func (g *generation) get(key cacheKey) []byte {
	if g == nil {
		return nil
	}
	body, found := g.bodies.Load(key)
	if !found {
		return nil
	}
	return body.([]byte) //nolint:forcetypeassert // nothing else is put in
}

// put remembers body, which nobody may change any more.
func (c *cache) put(key cacheKey, body []byte) {
	// A request's texts keep all of its header in memory.
	key.path, key.query = strings.Clone(key.path), strings.Clone(key.query)
	size := int64(len(body) + len(key.path) + len(key.query))
	if size > cacheBytes/8 {
		return
	}
	g := c.withRoom(size)
	if _, known := g.bodies.LoadOrStore(key, body); known {
		g.size.Add(-size)
	}
}

// withRoom returns the young generation, with size bytes set aside in it.
func (c *cache) withRoom(size int64) *generation {
	if g := c.young.Load(); g != nil && g.size.Add(size) <= cacheBytes {
		return g
	}
	c.turn.Lock()
	defer c.turn.Unlock()
	g := c.young.Load()
	if g == nil || g.size.Load() > cacheBytes { // else somebody else turned it meanwhile
		c.old.Store(g)
		g = &generation{}
		c.young.Store(g)
	}
	g.size.Add(size)
	return g
}
