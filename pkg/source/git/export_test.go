package git

// Waiting is how many wait for what another one fetches.
func Waiting(c *Cache) int { return c.packs.Waiting() }

// Dir is where a fetcher writes packs.
func Dir(f *Fetcher) string { return f.cfg.Dir }
