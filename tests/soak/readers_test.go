package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// reader pages through the list, again and again, and trusts nothing.
type reader struct {
	base        string
	generations *generations
	client      http.Client
	answers     atomic.Int64
}

type page struct {
	Servers []struct {
		Server struct{ Name, Description string }
	}
	Metadata struct {
		Count      int
		NextCursor string
	}
}

// read walks until ctx ends, and returns the first thing that was wrong.
func (r *reader) read(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := r.walk(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// walk reads the whole list. Snapshots are swapped meanwhile; every server is
// in all of them, so it must be seen exactly once.
func (r *reader) walk(ctx context.Context) error {
	seen := map[string]bool{}
	for cursor := ""; ; {
		p, err := r.ask(ctx, "/v0.1/servers?limit=100&cursor="+cursor)
		if err != nil {
			return err
		}
		for _, s := range p.Servers {
			if seen[s.Server.Name] {
				return fmt.Errorf("%s was seen twice", s.Server.Name)
			}
			seen[s.Server.Name] = true
		}
		if cursor = p.Metadata.NextCursor; cursor == "" {
			break
		}
	}
	if len(seen) != servers {
		return fmt.Errorf("%d servers were seen, there are %d", len(seen), servers)
	}
	return nil
}

func (r *reader) ask(ctx context.Context, path string) (page, error) {
	var p page
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		return p, err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return p, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return p, err
	}
	if response.StatusCode != http.StatusOK {
		return p, fmt.Errorf("%s: status %d: %s", path, response.StatusCode, body)
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return p, fmt.Errorf("%s: %w: %s", path, err, body)
	}
	r.answers.Add(1)
	return p, r.check(p, response.Header.Get("ETag"))
}

// check finds answers that are of more than one generation, or of another one
// than they say.
func (r *reader) check(p page, tag string) error {
	digest, _, _ := strings.Cut(strings.TrimPrefix(tag, `W/"`), "-")
	generation, known := r.generations.digests.Load(digest)
	if !known {
		return fmt.Errorf("an answer is of %q, which was never published", tag)
	}
	if len(p.Servers) != p.Metadata.Count || p.Metadata.Count == 0 {
		return errors.New("an answer does not have the servers that it counts")
	}
	for _, s := range p.Servers {
		if s.Server.Description != generation {
			return fmt.Errorf("an answer of %v holds a record of %s", generation, s.Server.Description)
		}
	}
	return nil
}
