package apiserver

import (
	"context"
	"net"
	"net/http"
	"runtime"
)

// wireRoom is what net/http buffers of an answer: headers and the begin of the body
// go out when it is full, and the rest of a large body in a second write.
const wireRoom = 4 << 10

// wire is a connection that spares system calls, each of which costs more than a
// page does here: both writes of a large answer are one, and what is to be read
// has time to come.
type wire struct {
	*net.TCPConn
	// holding is true while a large body is written; only the goroutine that serves
	// the connection looks at it.
	holding bool
	held    []byte
}

// Read lets other connections go first. As soon as it has answered, net/http reads
// again; that early the client's next request is rarely there, and to read nothing
// and then wait is dearer than this. A single byte is what it reads beside a handler,
// to learn that the client has gone: nobody waits for that.
func (w *wire) Read(p []byte) (int, error) {
	if len(p) > 1 {
		runtime.Gosched()
	}
	return w.TCPConn.Read(p)
}

// Write keeps what comes first while an answer is held, and sends it with the next.
func (w *wire) Write(p []byte) (int, error) {
	switch {
	case len(w.held) > 0:
		both := net.Buffers{w.held, p}
		n, err := both.WriteTo(w.TCPConn)
		n -= int64(len(w.held))
		w.held = w.held[:0]
		return int(max(n, 0)), err
	case w.holding && len(p) <= wireRoom:
		w.holding = false
		w.held = append(w.held, p...) // p is a buffer that is filled anew
		return len(p), nil
	}
	return w.TCPConn.Write(p)
}

// write writes a body to out, whose connection this is. When it returns, nothing
// is held, however out has divided the body.
func (w *wire) write(out http.ResponseWriter, body []byte) (int, error) {
	w.holding = true
	n, err := out.Write(body)
	w.holding = false
	if len(w.held) > 0 {
		rest := w.held
		w.held = w.held[:0]
		if _, flushErr := w.TCPConn.Write(rest); err == nil {
			err = flushErr
		}
	}
	return n, err
}

// wires accepts connections as wires.
type wires struct{ net.Listener }

func (l wires) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return &wire{TCPConn: tcp}, err
	}
	return conn, err
}

type wireKey struct{}

// withWire makes the connection known to the requests that come over it, if it is a
// wire: below TLS it is none.
func withWire(ctx context.Context, conn net.Conn) context.Context {
	if w, ok := conn.(*wire); ok {
		return context.WithValue(ctx, wireKey{}, w)
	}
	return ctx
}

// writeBody writes the body of an answer. In HTTP/2, many share a connection.
func (x *exchange) writeBody(body []byte) (int, error) {
	if len(body) > wireRoom && x.r.ProtoMajor == 1 {
		if w, ok := x.r.Context().Value(wireKey{}).(*wire); ok {
			return w.write(x.w, body)
		}
	}
	return x.w.Write(body)
}
