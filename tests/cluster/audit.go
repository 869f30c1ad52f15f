package cluster

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Request is one request in the API server's audit log.
type Request struct {
	User      string
	Verb      string
	Resource  string
	Namespace string
	Name      string
	Stage     string
	Code      int
}

// String is the form for test output.
func (r Request) String() string {
	return fmt.Sprintf("%s %s %s %s/%s -> %d", r.User, r.Verb, r.Resource, r.Namespace, r.Name, r.Code)
}

// AuditLog is a position in the API server's audit log.
type AuditLog struct {
	path string
	from int64
}

// Audit starts reading the audit log at its present end. It returns nil if this
// cluster's log cannot be read.
func (c *Cluster) Audit(t testing.TB) *AuditLog {
	t.Helper()
	if c.auditLog == "" {
		return nil
	}
	info, err := os.Stat(c.auditLog)
	require.NoError(t, err)
	return &AuditLog{path: c.auditLog, from: info.Size()}
}

// By returns the requests of the user since the log was opened. A watch counts
// when it starts and again when it ends.
func (l *AuditLog) By(t testing.TB, user string) []Request {
	t.Helper()
	file, err := os.Open(l.path)
	require.NoError(t, err)
	defer file.Close()
	_, err = file.Seek(l.from, io.SeekStart)
	require.NoError(t, err)

	var requests []Request
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		var event auditEvent
		// The last line may be half written.
		if json.Unmarshal(lines.Bytes(), &event) != nil || event.User.Username != user {
			continue
		}
		requests = append(requests, event.request())
	}
	require.NoError(t, lines.Err())
	return requests
}

type auditEvent struct {
	Stage string
	Verb  string
	User  struct{ Username string }

	RequestURI     string
	ObjectRef      struct{ Resource, Subresource, Namespace, Name string }
	ResponseStatus struct{ Code int }
}

func (e auditEvent) request() Request {
	resource := e.ObjectRef.Resource
	if e.ObjectRef.Subresource != "" {
		resource += "/" + e.ObjectRef.Subresource
	}
	if resource == "" {
		resource, _, _ = strings.Cut(e.RequestURI, "?")
	}
	return Request{
		User: e.User.Username, Verb: e.Verb, Resource: resource, Namespace: e.ObjectRef.Namespace,
		Name: e.ObjectRef.Name, Stage: e.Stage, Code: e.ResponseStatus.Code,
	}
}
