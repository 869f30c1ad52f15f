package cluster

import (
	"io"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
)

// Late returns a config with which watches tell everything this much later, as they
// do when a cluster is busy. Reading and writing is as fast as ever.
func Late(config *rest.Config, by time.Duration) *rest.Config {
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return lateWatches{next, by} })
	return config
}

type lateWatches struct {
	next http.RoundTripper
	by   time.Duration
}

// RoundTrip implements [http.RoundTripper].
func (l lateWatches) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.next.RoundTrip(r)
	if err == nil && r.URL.Query().Has("watch") {
		response.Body = newLateBody(response.Body, l.by)
	}
	return response, err
}

// lateBody has what another body has, each part of it when its time has come.
type lateBody struct {
	*io.PipeReader
	body io.Closer
}

type part struct {
	data []byte
	err  error
	due  time.Time
}

func newLateBody(body io.ReadCloser, by time.Duration) lateBody {
	const enough = 10_000 // parts on their way, or reading would wait as well
	parts := make(chan part, enough)
	go func() {
		defer close(parts)
		for {
			data := make([]byte, 32<<10)
			n, err := body.Read(data)
			parts <- part{data[:n], err, time.Now().Add(by)}
			if err != nil {
				return
			}
		}
	}()
	reader, writer := io.Pipe()
	go func() {
		for p := range parts {
			time.Sleep(time.Until(p.due))
			// After Close nobody reads, and what is left is let go.
			_, _ = writer.Write(p.data)
			if p.err != nil {
				_ = writer.CloseWithError(p.err)
			}
		}
	}()
	return lateBody{reader, body}
}

// Close implements [io.Closer].
func (l lateBody) Close() error {
	_ = l.PipeReader.Close()
	return l.body.Close()
}
