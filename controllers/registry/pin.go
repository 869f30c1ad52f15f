package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	registrydata "github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// pin makes the snapshot of spec.rollbackTo current. It needs no source. Like a
// sync, it acts on the live object, for the cache may lag behind an edit that
// ended the rollback; the scope of that object is returned.
func (r *Reconciler) pin(ctx context.Context, s *scope) (*scope, error) {
	if !pinDue(s) {
		return s, nil
	}
	s, err := r.loadLive(ctx, client.ObjectKeyFromObject(s.object))
	if s == nil || err != nil {
		return nil, err
	}
	if r.inspect(ctx, s); !pinDue(s) {
		return s, nil
	}
	stored, err := r.Storage.Restore(ctx, s.owner, registrydata.Digest(s.object.Spec.RollbackTo),
		func(ctx context.Context, next storage.Manifest) error { return r.grant(ctx, s, next) })
	if err != nil {
		s.facts.PinErr = pinError(s, err)
		return s, nil
	}
	s.facts.Stored, s.facts.Whole = stored, true
	return s, nil
}

func pinDue(s *scope) bool {
	stored := s.facts.Stored
	done := s.facts.Whole && stored.Pinned && string(stored.Digest) == s.object.Spec.RollbackTo
	return s.facts.Pinned && !done && s.facts.SpecErr == nil && s.facts.StorageErr == nil
}

func pinError(s *scope, err error) error {
	var why string
	switch {
	case errors.Is(err, storage.ErrNotKept), errors.Is(err, storage.ErrNotFound):
		why = "is not kept"
	case errors.Is(err, storage.ErrDamaged):
		why = "is damaged"
	default:
		if _, classified := errors.AsType[*fault.Error](err); classified {
			return err
		}
		return fault.NewRetry(v1alpha1.ReasonStorageFailed, fmt.Errorf("restoring the snapshot of spec.rollbackTo: %w", err))
	}
	kept := "none is"
	if history := s.facts.Stored.History; len(history) > 0 {
		var digests []string
		for _, p := range history {
			digests = append(digests, p.Digest.Short())
		}
		kept = "those that begin with " + strings.Join(digests, ", ") + " are (status.syncStatus.history)"
	}
	return fault.NewTerminal(v1alpha1.ReasonRollbackUnavailable, fmt.Errorf(
		"the snapshot %s of spec.rollbackTo %s; %s. Choose another or clear it", s.object.Spec.RollbackTo, why, kept))
}
