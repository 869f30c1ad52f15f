package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// Guard says how much one sync may take away from what a source had.
type Guard struct {
	// AllowEmpty lets a source without servers replace one with some.
	AllowEmpty bool
	// MaxRemovalPercent is the share of the servers that may go.
	MaxRemovalPercent int
	// Accepted is the digest of the one catalogue that a person let through; ""
	// for none.
	Accepted registry.Digest
}

// Loss is what a source would take away.
type Loss struct {
	// Removed of the Total versions would go.
	Removed, Total int
	// Names that lose something, sorted.
	Names []string
}

// LossOf compares what a source had with what it has, both filtered alike.
// A name that has as many versions as before has lost nothing: a new version
// that takes the place of an old one is an update.
func LossOf(before, after []registry.Server) Loss {
	versions := make(map[string]int, len(before))
	for _, s := range before {
		versions[s.Name]++
	}
	for _, s := range after {
		versions[s.Name]--
	}
	loss := Loss{Total: len(before)}
	for name, gone := range versions {
		if gone > 0 {
			loss.Removed += gone
			loss.Names = append(loss.Names, name)
		}
	}
	slices.Sort(loss.Names)
	return loss
}

// Exceeds says whether the loss is more than the guard lets pass.
func (l Loss) Exceeds(percent int) bool {
	return l.Total > 0 && l.Removed*100 > percent*l.Total
}

// maxNamesShown is how many names a message lists.
const maxNamesShown = 3

// shrinkHeld says what would go and how to let it.
func shrinkHeld(owner storage.Owner, loss Loss, percent int, digest registry.Digest) error {
	names := strings.Join(loss.Names[:min(len(loss.Names), maxNamesShown)], ", ")
	if more := len(loss.Names) - maxNamesShown; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return fault.NewTerminal(v1alpha1.ReasonShrinkHeld, fmt.Errorf(
		"%d of %d servers would go, more than %d %%: %s. The stored data stays. To accept: "+
			"kubectl annotate mcpregistry -n %s %s --overwrite %s=%s %s=$(date +%%s)",
		loss.Removed, loss.Total, percent, names,
		owner.Namespace, owner.Name, v1alpha1.AnnotationAcceptRemoval, digest, v1alpha1.AnnotationSyncTrigger))
}

// emptyHeld says why nothing is left of a source.
func emptyHeld(c registry.Catalog) error {
	cause := "the source has no servers"
	switch {
	case len(c.Servers) > 0:
		cause = fmt.Sprintf("the filter lets none of the source's %d servers through", len(c.Servers))
	case len(c.Rejected) > 0:
		first := c.Rejected[0]
		cause = fmt.Sprintf("none of the source's %d entries is valid (%s: %s)", len(c.Rejected), first.Entry, first.Reason)
	}
	return errEmpty(cause)
}

func errEmpty(cause string) error {
	return fault.NewTerminal(v1alpha1.ReasonEmptyHeld, fmt.Errorf(
		"%s; nothing was stored. Mend it, or set syncPolicy.allowEmpty if an empty registry is meant", cause))
}
