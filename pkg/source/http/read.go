package http

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// read returns the file as it is served, without the compression of the way. No
// more than the limit is kept, whatever Content-Length says.
func (f *Fetcher) read(response *http.Response) ([]byte, error) {
	if response.StatusCode != http.StatusOK {
		return nil, f.newStatusError(response)
	}
	expected := response.ContentLength
	body := io.Reader(response.Body)
	switch encoding := strings.ToLower(response.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
		if expected > f.cfg.MaxBytes {
			return nil, f.tooLarge()
		}
	case "gzip", "x-gzip":
		expected = -1 // it is about something else
		// A stream of empty blocks would never reach the limit of what comes out.
		inflated, err := gzip.NewReader(&capped{from: body, left: maxCompressed(f.cfg.MaxBytes), fail: f.tooLarge})
		if err != nil {
			return nil, fmt.Errorf("decompress the answer: %w", err)
		}
		body = inflated
	default:
		return nil, fmt.Errorf("the answer has the Content-Encoding %.40q, which was not asked for", encoding)
	}
	data, err := f.readAll(body, expected)
	if err != nil {
		return nil, err
	}
	if looksLikePage(data) {
		return nil, f.pageError()
	}
	return data, nil
}

// readAll reads to the end. The size is what the server promised; -1 is nothing.
func (f *Fetcher) readAll(from io.Reader, size int64) ([]byte, error) {
	var buffer bytes.Buffer
	if size > 0 {
		// With the room that ReadFrom wants, a promise that is kept costs one allocation.
		buffer.Grow(int(min(size, f.cfg.MaxBytes)) + bytes.MinRead)
	}
	if _, err := buffer.ReadFrom(io.LimitReader(from, f.cfg.MaxBytes+1)); err != nil {
		return nil, fmt.Errorf("the file broke off after %d bytes: %w", buffer.Len(), err)
	}
	if int64(buffer.Len()) > f.cfg.MaxBytes {
		return nil, f.tooLarge()
	}
	return buffer.Bytes(), nil
}

// unpack decompresses a file that is itself compressed, such as registry.json.gz:
// JSON never begins like that.
func (f *Fetcher) unpack(served []byte) ([]byte, error) {
	if !bytes.HasPrefix(served, []byte{0x1f, 0x8b}) {
		return served, nil
	}
	inflated, err := gzip.NewReader(bytes.NewReader(served))
	if err == nil {
		var data []byte
		if data, err = f.readAll(inflated, -1); err == nil {
			return data, nil
		}
	}
	if fault.ReasonOf(err, "") != "" {
		return nil, err
	}
	return nil, invalid("the file begins like one of gzip and is none: %w", err)
}

func (f *Fetcher) tooLarge() error {
	return source.ErrTooLarge("the file at "+f.where(), f.cfg.MaxBytes)
}

// maxCompressed is more than limit bytes take when they do not compress at all.
func maxCompressed(limit int64) int64 { return limit + limit/64 + 64<<10 }

// capped fails when more is read than is left.
type capped struct {
	from io.Reader
	left int64
	fail func() error
}

// Read implements [io.Reader].
func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, c.fail()
	}
	n, err := c.from.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// looksLikePage recognizes HTML, which servers like to send with status 200.
func looksLikePage(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n"), []byte("<"))
}

func (f *Fetcher) pageError() error {
	hint := "name a Secret in http.secretRef if it asks people to log in"
	if strings.Contains(f.url.Path, "/blob/") {
		hint = "use the address of its raw form"
	}
	return invalid("it is a page for people, not a registry file: correct http.url, or %s", hint)
}
