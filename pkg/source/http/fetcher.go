package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// Fetch implements [source.Fetcher].
func (f *Fetcher) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	before := parseRevision(known)
	if before.digest != "" && f.pinned() == before.digest {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	response, err := f.ask(ctx, before)
	if err != nil {
		return source.Content{}, f.classify(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusNotModified && before.digest != "" {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	data, err := f.read(response)
	if err != nil {
		return source.Content{}, f.classify(ctx, err)
	}
	now := revisionOf(registry.DigestOf(data), response.Header)
	switch pin := f.pinned(); {
	case pin != "" && now.digest != pin:
		return source.Content{}, fault.NewTerminal(source.ReasonInvalidReference, fmt.Errorf(
			"the file at %s has the digest %s, and http.sha256 wants %s; correct one of them", f.where(), now.digest, pin))
	case now.digest == before.digest:
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	return source.OneFile(now.written(), data), nil
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
	before.condition(request.Header)
	return f.cfg.Client.Do(request)
}

// read returns the body, which the transport has decompressed: the limit is for
// what comes out.
func (f *Fetcher) read(response *http.Response) ([]byte, error) {
	if response.StatusCode != http.StatusOK {
		return nil, newStatusError(response)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, f.cfg.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("the file broke off after %d bytes: %w", len(data), err)
	}
	if int64(len(data)) > f.cfg.MaxBytes {
		return nil, source.ErrTooLarge("the file at "+f.where(), f.cfg.MaxBytes)
	}
	if bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("<")) {
		return nil, fault.NewTerminal(source.ReasonInvalidReference, errors.New(
			"it is a page for people, not a registry file: correct http.url, or name a Secret in http.secretRef if it asks to log in"))
	}
	return data, nil
}

// where is the URL without its query, which may hold a secret.
func (f *Fetcher) where() string { return f.url.Scheme + "://" + f.url.Host + f.url.EscapedPath() }
