package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"time"
)

// maxEmpty is how many pages in a row may have no entries. Some registries end
// with an empty one.
const maxEmpty = 10

// errMoved says that the list became another one while it was read.
var errMoved = errors.New("the registry changed while it was read")

// question is a list to ask for.
type question struct {
	// since limits the list to later changes; zero asks for all.
	since time.Time
	// limit is the size of a page; 0 means as many as possible.
	limit int
}

func (q question) values(noDeleted bool) url.Values {
	limit := q.limit
	if limit == 0 {
		limit = pageSize
	}
	values := url.Values{"limit": {strconv.Itoa(limit)}}
	switch {
	case !q.since.IsZero():
		// Changes include what was deleted in any case.
		values.Set("updated_since", q.since.UTC().Format(time.RFC3339Nano))
	case !noDeleted:
		values.Set("include_deleted", "true")
	}
	return values
}

// list reads all pages of a list and passes them to visit. It returns the first
// page for what else that one says.
func (c *client) list(ctx context.Context, q question, visit func(page) error) (first page, err error) {
	query := q.values(c.noDeleted)
	p, err := c.begin(ctx, query)
	if err != nil {
		return page{}, err
	}
	if err := c.checkPaging(ctx, p, query); err != nil {
		return page{}, err
	}
	c.recognize(ctx, p)
	first = page{snapshot: c.snapshot(p), date: p.date}
	seen := map[sum]struct{}{}
	for empty := 0; ; {
		c.pages, c.entries = c.pages+1, c.entries+len(p.entries)
		if c.snapshot(p) != first.snapshot {
			return page{}, errMoved
		}
		if err := visit(p); err != nil {
			return page{}, err
		}
		if p.next == "" {
			return first, nil
		}
		if empty = count(empty, len(p.entries) == 0); empty > maxEmpty {
			return page{}, fmt.Errorf("more than %d pages in a row are empty", maxEmpty)
		}
		// A cursor that comes again would lead around for ever.
		id := sumOf([]byte(p.next))
		if _, again := seen[id]; again {
			return page{}, fmt.Errorf("the cursor %s came twice, so the list has no end", quoted(p.next))
		}
		seen[id] = struct{}{}
		query.Set("cursor", p.next)
		if p, err = c.page(ctx, query); err != nil {
			return page{}, err
		}
	}
}

// checkPaging refuses a registry that cuts its list at the limit and has no
// cursors, as toolhive-registry-server once did. All that can be seen is a full
// page without a cursor; that it is the end shows in a page that is one smaller.
func (c *client) checkPaging(ctx context.Context, p page, query url.Values) error {
	if p.next != "" || strconv.Itoa(len(p.entries)) != query.Get("limit") {
		return nil
	}
	fewer := len(p.entries) - 1
	smaller := maps.Clone(query)
	smaller.Set("limit", strconv.Itoa(fewer))
	second, err := c.page(ctx, smaller)
	if err != nil {
		return err
	}
	if second.next == "" && len(second.entries) == fewer {
		return &notRegistryError{
			err:  fmt.Errorf("it gives no more than %d entries and no cursor to the rest", len(p.entries)),
			hint: "the registry needs a newer version that has cursors",
		}
	}
	return nil
}

// count is how often in a row something has been so.
func count(before int, again bool) int {
	if again {
		return before + 1
	}
	return 0
}
