package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiservice"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/status"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// scope is what one reconcile knows: the object, its spec in the terms of the
// packages that do the work, and the facts gathered so far.
type scope struct {
	object *v1alpha1.MCPRegistry
	owner  storage.Owner

	wanted  sync.Wanted
	sources []sync.Source
	filter  *filter.Filter
	timeout time.Duration
	guard   sync.Guard
	// access is of no use while accessErr is set.
	access    apiservice.Access
	accessErr error

	// trigger is the manual trigger as annotated.
	trigger string
	facts   status.Facts
}

// newScope translates the spec. What is wrong with it becomes facts.SpecErr.
func newScope(object *v1alpha1.MCPRegistry, now time.Time, sources Sources) *scope {
	s := &scope{
		object:  object,
		owner:   storage.Owner{Namespace: object.Namespace, Name: object.Name, UID: object.UID},
		trigger: object.Annotations[v1alpha1.AnnotationSyncTrigger],
		timeout: defaultTimeout,
		guard:   sync.Guard{MaxRemovalPercent: v1alpha1.DefaultMaxRemovalPercent},
		facts: status.Facts{
			Now: now, Generation: object.Generation,
			Suspended: object.Spec.Suspend, Pinned: object.Spec.RollbackTo != "",
		},
	}
	if (s.facts.Suspended || s.facts.Pinned) && s.trigger != object.Status.LastManualSyncTrigger {
		s.facts.Waiting = s.trigger
	}
	s.owner.Keep = v1alpha1.DefaultHistoryLimit
	if st := object.Spec.Storage; st != nil && st.HistoryLimit != nil {
		s.owner.Keep = int(*st.HistoryLimit)
	}
	var errSources, errFilter error
	s.sources, errSources = translateSources(object.Namespace, object.Spec, sources)
	if s.filter, errFilter = translateFilter(object.Spec.Filter); errFilter != nil {
		errFilter = fmt.Errorf("spec.%w", errFilter)
	}
	s.facts.Inputs = inputsOf(object.Spec, s.sources)
	s.wanted = sync.Wanted{
		Generation: object.Generation, Inputs: s.facts.Inputs,
		Trigger: s.trigger, Suspended: s.facts.Suspended, Pinned: s.facts.Pinned,
	}
	s.accessErr = s.translateAccess()
	if err := errors.Join(errSources, s.translatePolicy(), errFilter, s.accessErr, checkName(object.Name)); err != nil {
		s.facts.SpecErr = fault.NewTerminal(fault.ReasonOf(err, v1alpha1.ReasonInvalidSpec), err)
	}
	return s
}

func (s *scope) translatePolicy() (err error) {
	p := s.object.Spec.SyncPolicy
	if p == nil {
		return nil
	}
	s.guard.AllowEmpty = p.AllowEmpty
	if p.MaxRemovalPercent != nil {
		s.guard.MaxRemovalPercent = int(*p.MaxRemovalPercent)
	}
	if err := s.translateInterval(p.Interval); err != nil || p.Timeout == "" {
		return err
	}
	if s.timeout, err = time.ParseDuration(p.Timeout); err != nil || s.timeout <= 0 {
		return fmt.Errorf("spec.syncPolicy.timeout %q is not a duration like 2m", p.Timeout)
	}
	return nil
}

func (s *scope) translateInterval(interval string) (err error) {
	if interval == "" {
		return nil
	}
	if s.wanted.Interval, err = time.ParseDuration(interval); err != nil {
		return fmt.Errorf("spec.syncPolicy.interval %q is not a duration like 30m", interval)
	}
	if s.wanted.Interval < 10*time.Second {
		return fmt.Errorf("spec.syncPolicy.interval %q must be at least 10s", interval)
	}
	return nil
}

// checkName repeats the CRD's rule for objects older than the rule.
func checkName(name string) error {
	if len(name) > v1alpha1.MaxNameLength {
		return fmt.Errorf("metadata.name has %d characters; at most %d are possible, because the API Service is called <name>-api",
			len(name), v1alpha1.MaxNameLength)
	}
	return nil
}

// defaulted repeats the CRD's defaults, so that hashes do not depend on which
// version of the CRD stored the object.
func defaulted(s v1alpha1.Source) v1alpha1.Source {
	s = *s.DeepCopy()
	setDefault(&s.Type, v1alpha1.SourceTypeConfigMap)
	setDefault(&s.Format, v1alpha1.FormatToolHive)
	if s.Type == v1alpha1.SourceTypeAPI {
		s.Format = v1alpha1.FormatUpstream
	}
	if s.ConfigMap != nil {
		setDefault(&s.ConfigMap.Key, v1alpha1.DefaultFile)
	}
	if s.Git != nil {
		setDefault(&s.Git.Path, v1alpha1.DefaultFile)
	}
	return s
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// hashOf names a part of the spec: equal parts have equal hashes.
func hashOf(part any) string {
	raw, err := json.Marshal(part)
	if err != nil { // API types always marshal
		panic(err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}
