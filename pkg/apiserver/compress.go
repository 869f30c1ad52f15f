package apiserver

import (
	"bytes"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The encodings that clients can ask for.
const (
	encodingZstd = "zstd"
	encodingGzip = "gzip"
	// worthCompressing is the least body that is compressed: a smaller one costs
	// more to compress than to send.
	worthCompressing = 2 << 10
)

// accepted returns the encoding that the client likes best, zstd where it likes
// both alike, and "" where neither is welcome.
func accepted(headers []string) string {
	zstdWeight, gzipWeight := 0.0, 0.0
	for _, header := range headers {
		for header != "" {
			var item string
			item, header, _ = strings.Cut(header, ",")
			name, parameters, _ := strings.Cut(item, ";")
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, encodingZstd):
				zstdWeight = weight(parameters)
			case strings.EqualFold(name, encodingGzip):
				gzipWeight = weight(parameters)
			}
		}
	}
	switch {
	case zstdWeight > 0 && zstdWeight >= gzipWeight:
		return encodingZstd
	case gzipWeight > 0:
		return encodingGzip
	}
	return ""
}

// weight is the q of an item of Accept-Encoding; what cannot be read weighs nothing.
func weight(parameters string) float64 {
	parameters = strings.TrimSpace(parameters)
	if parameters == "" {
		return 1
	}
	key, value, _ := strings.Cut(parameters, "=")
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 32)
	if err != nil || !strings.EqualFold(strings.TrimSpace(key), "q") || q > 1 {
		return 0
	}
	return q
}

// zstdEncoder is shared: EncodeAll may be called by many at once. The window is
// that of a page, so that no more memory is held than a page needs.
var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(128<<10), zstd.WithEncoderConcurrency(2))
	if err != nil {
		panic(err) // the options are constants
	}
	return e
})

var gzipWriters = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed+1)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// compress returns a new slice.
func compress(encoding string, body []byte) []byte {
	if encoding == encodingZstd {
		return zstdEncoder().EncodeAll(body, make([]byte, 0, len(body)/4))
	}
	out := bytes.NewBuffer(make([]byte, 0, len(body)/4))
	w := gzipWriters.Get().(*gzip.Writer) //nolint:forcetypeassert // the pool holds nothing else
	defer gzipWriters.Put(w)
	w.Reset(out)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}
