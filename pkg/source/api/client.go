package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

const (
	// pageSize is the most that the API gives at a time.
	pageSize = 100
	// maxPage bounds one page, which is in memory. A hundred usual entries have
	// 150 KB.
	maxPage = 32 << 20
)

// client asks one registry during one fetch.
type client struct {
	cfg      Config
	endpoint endpoint
	// version of the API that the registry has; "" until a page was read.
	version string
	// left is how many bytes may still be read.
	left int64
	// pages and entries read so far, for messages.
	pages, entries int
	// own is what a registry of ours says of itself, see [client.recognize].
	own state
	// noDeleted is true when the registry does not know include_deleted.
	noDeleted bool
}

func newClient(cfg Config, e endpoint) *client {
	return &client{cfg: cfg, endpoint: e, left: cfg.MaxBytes}
}

// begin asks for the first page of a list. It finds out which version of the
// API there is, and does without include_deleted where that is not known.
func (c *client) begin(ctx context.Context, query url.Values) (page, error) {
	p, err := c.find(ctx, query)
	if errors.Is(err, errQuery) && query.Has("include_deleted") {
		c.noDeleted = true
		query.Del("include_deleted")
		return c.find(ctx, query)
	}
	return p, err
}

func (c *client) find(ctx context.Context, query url.Values) (page, error) {
	if c.version != "" {
		return c.page(ctx, query)
	}
	var err error
	for _, version := range c.endpoint.versions {
		var p page
		if p, err = c.once(ctx, version, query); err == nil {
			c.version = version
			return p, nil
		}
		if !errors.Is(err, errNotFound) {
			return page{}, err
		}
	}
	return page{}, err
}

// page asks for a page until it has one, with growing pauses, as long as there
// is hope.
func (c *client) page(ctx context.Context, query url.Values) (page, error) {
	for attempt := 1; ; attempt++ {
		p, err := c.once(ctx, c.version, query)
		passing, ok := errors.AsType[*passingError](err)
		if err == nil || !ok || attempt == maxAttempts {
			return p, err
		}
		if !pause(ctx, passing.pause(c.cfg.Pause, attempt)) {
			return page{}, err
		}
	}
}

// once asks for a page once.
func (c *client) once(ctx context.Context, version string, query url.Values) (page, error) {
	answer, body, err := c.get(ctx, c.endpoint.at(version, "/servers", query))
	if err != nil {
		return page{}, err
	}
	p, err := readPage(body)
	if err != nil {
		return page{}, c.notAPage(err)
	}
	p.snapshot = snapshotOf(answer.Get("ETag"))
	p.date, _ = http.ParseTime(answer.Get("Date"))
	return p, nil
}

// get reads one answer as a whole.
func (c *client) get(ctx context.Context, target string) (http.Header, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.cfg.HTTP.Do(request)
	if err != nil {
		return nil, nil, requestError(err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := c.checkAnswer(response); err != nil {
		return nil, nil, err
	}
	body, err := c.read(response)
	return response.Header, body, err
}

// checkAnswer looks at everything but the body.
func (c *client) checkAnswer(response *http.Response) error {
	if response.StatusCode != http.StatusOK {
		return statusError(response, c.cfg.Clock.Now())
	}
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || (kind != "application/json" && !strings.HasSuffix(kind, "+json")) {
		return c.notAPage(fmt.Errorf("the content type is %s, not JSON", quoted(response.Header.Get("Content-Type"))))
	}
	return nil
}

// read reads a body, also one of an answer that turns out to be useless, on
// account of the limit for all of them.
func (c *client) read(response *http.Response) ([]byte, error) {
	limit := min(c.left, maxPage)
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	c.left = max(0, c.left-int64(len(body)))
	switch {
	case int64(len(body)) > limit && limit == maxPage:
		return nil, source.ErrTooLarge("a page of "+c.host(), maxPage)
	case int64(len(body)) > limit:
		return nil, source.ErrTooLarge(c.host(), c.cfg.MaxBytes)
	case err != nil:
		return nil, &passingError{err: fmt.Errorf("the answer is cut off: %w", err)}
	}
	return body, nil
}

// notAPage words an answer that should have been a page. The first one says
// that the endpoint is not a registry; later ones, that it has a bad moment.
func (c *client) notAPage(err error) error {
	if c.version == "" {
		return &notRegistryError{err: err, hint: "correct api.endpoint, or give credentials if it asks people to log in"}
	}
	return &passingError{err: err}
}

func (c *client) host() string { return c.endpoint.base.Host }

// requestError leaves the URL out: with a cursor in it, it is long and says little.
func requestError(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	if errors.Is(err, egress.ErrNotAllowed) {
		return err
	}
	return &passingError{err: err}
}

// quoted is a text of the server for one line of a message.
func quoted(text string) string {
	const limit = 80
	return strconv.Quote(text[:min(len(text), limit)])
}

// pause waits and reports whether there is time left after it.
func pause(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
