package vscode

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Verdict is what GitHub Copilot makes of an answer when an organisation allows
// only what is in its registry.
type Verdict int

// What becomes of a server that somebody wants to start.
const (
	// Allowed means that it starts.
	Allowed Verdict = iota
	// Forbidden means that it does not start and that this is remembered.
	Forbidden
	// Unknown means that the question is asked again later.
	Unknown
)

// Check asks whether a server may be started. url is that of a remote server as
// the user configured it, or empty for a local one.
func (c Client) Check(ctx context.Context, name, url string) Verdict {
	server, err := c.Latest(ctx, name)
	if status, ok := errors.AsType[StatusError](err); ok && status.Status == http.StatusNotFound {
		return Forbidden
	}
	if err != nil {
		return Unknown
	}
	if server.Server.Name != name {
		return Forbidden
	}
	if url == "" {
		return Allowed
	}
	for _, remote := range server.Server.Remotes {
		if remote.URL == url { // no two spellings of an URL are alike
			return Allowed
		}
	}
	return Forbidden
}

// Preflight asks as a browser does before it sends a request with credentials.
func Preflight(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodOptions, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Origin", Origin)
	request.Header.Set("Access-Control-Request-Method", http.MethodGet)
	request.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	h := response.Header
	switch {
	case response.StatusCode != http.StatusNoContent:
		return fmt.Errorf("the preflight was answered %d", response.StatusCode)
	case h.Get("Access-Control-Allow-Origin") != "*":
		return fmt.Errorf("the origin is not allowed: %q", h.Get("Access-Control-Allow-Origin"))
	case !lists(h.Get("Access-Control-Allow-Methods"), "GET", "OPTIONS"):
		return fmt.Errorf("the method is not allowed: %q", h.Get("Access-Control-Allow-Methods"))
	// A star would not cover Authorization.
	case !lists(h.Get("Access-Control-Allow-Headers"), "authorization", "content-type"):
		return fmt.Errorf("the headers are not allowed: %q", h.Get("Access-Control-Allow-Headers"))
	}
	return nil
}

func lists(header string, wanted ...string) bool {
	have := map[string]bool{}
	for value := range strings.SplitSeq(header, ",") {
		have[strings.ToLower(strings.TrimSpace(value))] = true
	}
	for _, value := range wanted {
		if !have[strings.ToLower(value)] {
			return false
		}
	}
	return true
}
