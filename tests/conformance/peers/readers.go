package peers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	official "github.com/modelcontextprotocol/registry/pkg/api/v0"
	"sigs.k8s.io/yaml"
)

// ImportOfficial reads all servers as the official registry's importer does when
// it is seeded from another registry: from /v0, in pages of the default size,
// into its own types.
func ImportOfficial(ctx context.Context, base string) ([]official.ServerResponse, error) {
	list := base + "/v0/servers"
	return follow(ctx, list, func(cursor string) string {
		if cursor == "" {
			return list
		}
		return list + "?cursor=" + cursor
	})
}

// ReadToolHive reads all servers as toolhive-registry-server does with a registry
// that is a source: it looks at the API's own document first.
func ReadToolHive(ctx context.Context, base string) ([]official.ServerResponse, error) {
	if err := checkDocument(ctx, base+"/openapi.yaml"); err != nil {
		return nil, fmt.Errorf("this is not a registry: %w", err)
	}
	list := base + "/v0.1/servers?limit=100"
	return follow(ctx, list, func(cursor string) string {
		if cursor == "" {
			return list
		}
		return list + "&cursor=" + cursor
	})
}

// checkDocument refuses an API that does not say that it is the MCP Registry's.
func checkDocument(ctx context.Context, url string) error {
	data, err := get(ctx, url, "")
	if err != nil {
		return err
	}
	var document struct {
		Info struct{ Version, Description string }
	}
	if err := yaml.Unmarshal(data, &document); err != nil {
		return err
	}
	if document.Info.Version != "1.0.0" {
		return fmt.Errorf("info.version is %q", document.Info.Version)
	}
	if !strings.Contains(document.Info.Description, "https://github.com/modelcontextprotocol/registry") {
		return errors.New("info.description does not name the official registry")
	}
	return nil
}

// Versions reads all versions of a server as mcp-publisher does before it
// changes their status.
func Versions(ctx context.Context, base, escapedName string) ([]official.ServerResponse, error) {
	url := base + "/v0/servers/" + escapedName + "/versions?include_deleted=true"
	return follow(ctx, url, func(string) string { return url })
}

// follow reads the pages from the first to the last.
func follow(ctx context.Context, name string, url func(cursor string) string) ([]official.ServerResponse, error) {
	var all []official.ServerResponse
	cursor := ""
	for range 10_000 {
		data, err := get(ctx, url(cursor), "application/json")
		if err != nil {
			return nil, fmt.Errorf("page at %q: %w", cursor, err)
		}
		var page official.ServerListResponse
		if err := json.Unmarshal(data, &page); err != nil {
			return nil, fmt.Errorf("page at %q: %w", cursor, err)
		}
		all = append(all, page.Servers...)
		if cursor = page.Metadata.NextCursor; cursor == "" {
			return all, nil
		}
	}
	return nil, fmt.Errorf("the list %q has no end", name)
}

// get reads a body; wanted is its content type if the reader cares.
func get(ctx context.Context, url, wanted string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	if got := response.Header.Get("Content-Type"); wanted != "" && got != wanted {
		return nil, fmt.Errorf("content type %q", got)
	}
	return io.ReadAll(response.Body)
}
