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
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/status"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// scope is what one reconcile knows: the object, its spec in the terms of the
// packages that do the work, and the facts gathered so far.
type scope struct {
	object *v1alpha1.MCPRegistry
	owner  storage.Owner

	wanted     sync.Wanted
	format     format.Format
	filter     *filter.Filter
	fetcher    source.Fetcher
	timeout    time.Duration
	allowEmpty bool
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
		facts:   status.Facts{Now: now, Generation: object.Generation, Suspended: object.Spec.Suspend},
	}
	src := defaulted(object.Spec.Source)
	s.format = format.Format(src.Format)
	inputs := storage.Inputs{SourceHash: hashOf(src), FilterHash: hashOf(object.Spec.Filter)}
	s.facts.Inputs = inputs
	s.wanted = sync.Wanted{
		Generation: object.Generation, Inputs: inputs,
		Trigger: s.trigger, Suspended: object.Spec.Suspend,
	}
	s.accessErr = s.translateAccess()
	err := errors.Join(s.translateSource(src, sources), s.translatePolicy(), s.translateFilter(), s.accessErr, checkName(object.Name))
	if err != nil {
		s.facts.SpecErr = fault.NewTerminal(fault.ReasonOf(err, v1alpha1.ReasonInvalidSpec), err)
	}
	return s
}

func (s *scope) translateSource(src v1alpha1.Source, sources Sources) (err error) {
	s.fetcher, err = sources.Fetcher(s.object.Namespace, src)
	return err
}

func (s *scope) translatePolicy() (err error) {
	p := s.object.Spec.SyncPolicy
	if p == nil {
		return nil
	}
	s.allowEmpty = p.AllowEmpty
	if s.wanted.Interval, err = time.ParseDuration(p.Interval); err != nil {
		return fmt.Errorf("spec.syncPolicy.interval %q is not a duration like 30m", p.Interval)
	}
	if s.wanted.Interval < 10*time.Second {
		return fmt.Errorf("spec.syncPolicy.interval %q must be at least 10s", p.Interval)
	}
	if p.Timeout == "" {
		return nil
	}
	if s.timeout, err = time.ParseDuration(p.Timeout); err != nil || s.timeout <= 0 {
		return fmt.Errorf("spec.syncPolicy.timeout %q is not a duration like 2m", p.Timeout)
	}
	return nil
}

func (s *scope) translateFilter() (err error) {
	var spec filter.Spec
	if f := s.object.Spec.Filter; f != nil {
		spec = filter.Spec{Names: patterns(f.Names), Tags: patterns(f.Tags)}
	}
	if s.filter, err = filter.New(spec); err != nil {
		return fmt.Errorf("spec.%w", err)
	}
	return nil
}

func patterns(p *v1alpha1.Patterns) filter.Patterns {
	if p == nil {
		return filter.Patterns{}
	}
	return filter.Patterns{Include: p.Include, Exclude: p.Exclude}
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
