package http

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// Fetch implements [source.Fetcher].
func (f *Fetcher) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	before := parseRevision(known)
	if before.digest != "" && f.pinned() == before.digest {
		return unchanged(known), nil
	}
	named := f.cfg.Memory.recall(f.cfg.URL, before)
	response, err := f.ask(ctx, named)
	if err != nil {
		return source.Content{}, f.classify(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusNotModified && named.conditional() {
		return unchanged(known), nil
	}
	served, err := f.read(response)
	if err == nil {
		// A server that notices that we hang up may end its answer in good order, and
		// that end may still arrive: half a file without an error.
		err = ctx.Err()
	}
	if err != nil {
		return source.Content{}, f.classify(ctx, err)
	}
	now := revisionOf(registry.DigestOf(served), response.Header)
	if pin := f.pinned(); pin != "" && now.digest != pin {
		return source.Content{}, fault.NewTerminal(source.ReasonVerificationFailed, fmt.Errorf(
			"the file has the digest %s, but http.sha256 wants %s: it is not used; correct one of the two (%s)",
			now.digest, pin, f.where()))
	}
	if now.digest == before.digest {
		f.cfg.Memory.note(f.cfg.URL, now)
		return unchanged(known), nil
	}
	data, err := f.unpack(served)
	if err != nil {
		return source.Content{}, f.classify(ctx, err)
	}
	return source.OneFile(now.written(), data), nil
}

func unchanged(known source.Revision) source.Content {
	return source.Content{Revision: known, Unchanged: true}
}

// pinned is the digest that the file must have, "" for any.
func (f *Fetcher) pinned() registry.Digest {
	if f.cfg.SHA256 == "" {
		return ""
	}
	return registry.Digest("sha256:" + f.cfg.SHA256)
}

func (f *Fetcher) ask(ctx context.Context, before revision) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json, */*;q=0.5")
	request.Header.Set("User-Agent", "mcp-registry-operator")
	// Asked for here and not by net/http, which decompresses without a bound on
	// what it reads.
	request.Header.Set("Accept-Encoding", "gzip")
	if before.digest == "" {
		request.Header.Set("Cache-Control", "no-cache") // somebody wants to see what is there now
	}
	before.condition(request.Header)
	return f.cfg.Client.Do(request)
}
