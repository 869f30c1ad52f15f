package status

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// recordSources notes how the sources are, if the attempt came to look at them.
func recordSources(st *v1alpha1.SyncStatus, a Attempt, started metav1.Time) {
	if len(a.Result.Sources) == 0 {
		return
	}
	before := st.Sources
	st.Sources, st.Revision, st.RejectedCount = nil, "", 0
	for _, r := range a.Result.Sources {
		s := sourceStatus(r, a.Watched[r.Name])
		s.LastSyncTime = &started
		if r.Err != nil {
			s.LastSyncTime = nil
			inherit(&s, before)
		}
		st.Sources = append(st.Sources, s)
		st.RejectedCount += s.Rejected
	}
	if only := st.Sources[0]; only.Name == "" {
		st.Revision = only.Revision
	}
}

func sourceStatus(r sync.SourceResult, watched source.Revision) v1alpha1.SourceStatus {
	s := v1alpha1.SourceStatus{Name: r.Name, Type: r.Type}
	switch {
	case r.Fetched:
		s.Revision = string(r.Revision)
	case watched != "":
		// It was seen, though not read: only another revision is news.
		s.Revision = string(watched)
	}
	if r.Data != nil {
		s.Digest, s.Servers, s.Rejected = string(r.Data.Digest), count(r.Data.Servers), count(r.Data.Rejected)
	}
	if !r.NotBefore.IsZero() {
		after := metav1.NewTime(r.NotBefore)
		s.RetryAfter = &after
	}
	switch {
	case r.Err != nil && r.Data == nil:
		s.Message = short("Nothing is served of it: " + r.Err.Error())
	case r.Err != nil:
		s.Message = short("Its last good data is served: " + r.Err.Error())
	}
	return s
}

// inherit keeps of a source that failed what was known of it.
func inherit(s *v1alpha1.SourceStatus, before []v1alpha1.SourceStatus) {
	for _, b := range before {
		if b.Name != s.Name {
			continue
		}
		s.LastSyncTime = b.LastSyncTime
		if s.Revision == "" {
			s.Revision = b.Revision
		}
	}
}

// troubled puts the errors of the sources that are in trouble into a message; ""
// if there are none.
func troubled(sources []sync.SourceResult, is func(sync.SourceResult) bool) (message string, reasonOf error) {
	var told []string
	for _, s := range sources {
		if s.Err == nil || !is(s) {
			continue
		}
		if reasonOf == nil {
			reasonOf = s.Err
		}
		if s.Name == "" {
			return s.Err.Error(), s.Err
		}
		told = append(told, fmt.Sprintf("source %q: %s", s.Name, s.Err))
	}
	return strings.Join(told, "; "), reasonOf
}
