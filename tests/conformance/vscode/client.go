package vscode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Origin is what the requests of VS Code's window come from.
const Origin = "vscode-file://vscode-app"

// Client is VS Code with this registry configured.
type Client struct {
	// URL is what the user or the organisation entered, without a slash at the end.
	URL string
}

// Server is an entry as VS Code reads it.
type Server struct {
	Server struct {
		Name, Description, Version string
		Remotes                    []struct{ Type, URL string }
	}
	Meta map[string]json.RawMessage `json:"_meta"`
}

// Page is one answer of the list.
type Page struct {
	Servers  []Server
	Metadata struct{ NextCursor string }
}

// StatusError is an answer that is not 200.
type StatusError struct {
	Status     int
	RetryAfter string
}

func (e StatusError) Error() string { return fmt.Sprintf("the registry answered %d", e.Status) }

// ErrPageDropped says that VS Code would show nothing of the page.
var ErrPageDropped = errors.New("the first entry lacks name, description or version")

// Probe is the first request: does the registry speak v0.1?
func (c Client) Probe(ctx context.Context) error {
	return c.get(ctx, c.URL+"/v0.1/servers?limit=1", &Page{})
}

// Page asks for one page of the gallery.
func (c Client) Page(ctx context.Context, cursor, search string) (Page, error) {
	url := c.URL + "/v0.1/servers?limit=50&version=latest"
	if cursor != "" {
		url += "&cursor=" + cursor // as it is
	}
	if search != "" {
		url += "&search=" + encodeURIComponent(search)
	}
	var page Page
	if err := c.get(ctx, url, &page); err != nil {
		return Page{}, err
	}
	return page, page.check()
}

// check does what VS Code's deserializer does.
func (p Page) check() error {
	if p.Servers == nil {
		return errors.New("servers is not an array")
	}
	for i, s := range p.Servers {
		if s.Meta == nil {
			return fmt.Errorf("reading the status of entry %d: _meta is undefined", i)
		}
		if i == 0 && (s.Server.Name == "" || s.Server.Description == "" || s.Server.Version == "") {
			return ErrPageDropped
		}
	}
	return nil
}

// Search follows the pages to the end. The search is sent with the first one only.
func (c Client) Search(ctx context.Context, search string) ([]Server, error) {
	var all []Server
	cursor := ""
	for range 1000 {
		page, err := c.Page(ctx, cursor, search)
		if err != nil {
			return nil, fmt.Errorf("page at %q: %w", cursor, err)
		}
		all = append(all, page.Servers...)
		if cursor = page.Metadata.NextCursor; cursor == "" {
			return all, nil
		}
		search = ""
	}
	return nil, errors.New("the list has no end")
}

// Latest asks for the latest version of a server.
func (c Client) Latest(ctx context.Context, name string) (Server, error) {
	var s Server
	return s, c.get(ctx, c.URL+"/v0.1/servers/"+encodeURIComponent(name)+"/versions/latest", &s)
}

func (c Client) get(ctx context.Context, url string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("an URL that cannot be sent: %w", err)
	}
	request.Header.Set("Origin", Origin)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if allowed := response.Header.Get("Access-Control-Allow-Origin"); allowed != "*" && allowed != Origin {
		return fmt.Errorf("blocked by CORS policy: Access-Control-Allow-Origin is %q", allowed)
	}
	if response.StatusCode != http.StatusOK {
		return StatusError{response.StatusCode, response.Header.Get("Retry-After")}
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// encodeURIComponent is JavaScript's function of this name.
func encodeURIComponent(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if letter || strings.IndexByte("-_.!~*'()", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
