package status

import (
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// Facts is what one reconcile found.
type Facts struct {
	// Now is the time of transitions.
	Now time.Time
	// Generation of the spec that was looked at.
	Generation int64
	// Suspended is spec.suspend.
	Suspended bool
	// SpecErr is set when the spec contradicts itself.
	SpecErr error
	// Attempt is the sync that ran in this reconcile; nil if none did.
	Attempt *Attempt
	// Stored is what is stored; Whole is true when it matches its digests.
	Stored storage.Manifest
	Whole  bool
	// StorageErr is set when the state of the storage is unknown or in conflict.
	StorageErr error
	// Pinned is true when spec.rollbackTo is set; PinErr says why it cannot be done.
	Pinned bool
	PinErr error
	// Waiting is the manual trigger that is not acted on before Suspended or Pinned
	// ends; "" if none waits.
	Waiting string
	// Inputs is what the stored snapshot should have been made from.
	Inputs storage.Inputs
	// API is the state of the API service.
	API API
	// Next is when the source is looked at next; zero if nothing is scheduled.
	Next time.Time
}

// Attempt is one sync that ran.
type Attempt struct {
	// Reason why it was due.
	Reason string
	// Trigger is the manual trigger at that moment.
	Trigger string
	// Watched are the revisions that watched sources had when the sync began, by
	// name; there is none of a source that is not watched.
	Watched map[string]source.Revision
	// Started is when it began.
	Started time.Time
	Result  sync.Result
	Err     error
}

// API is the state of the API service of a registry.
type API struct {
	// Endpoint is its URL within the cluster; "" while there is none.
	Endpoint string
	// Exists is true once its Deployment has been seen.
	Exists bool
	// Ready is true when the present revision is available; otherwise Message says why not.
	Ready   bool
	Message string
	// ReadyReplicas is the number of ready Pods.
	ReadyReplicas int32
	// Err is set when its objects could not be applied.
	Err error
}
