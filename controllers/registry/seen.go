package registry

import (
	"sync"

	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// seen remembers the newest version of each object of a kind that this operator read
// or wrote, so that it takes no older one from a cache that lags. With an older status
// of a registry, the one to be written could look as if it were there already, and
// nothing would put that right: our own status writes bring no event. With an older
// Deployment, a registry that is Ready would go back for a moment.
type seen struct{ versions sync.Map }

// note remembers the version of o, which is not an older one.
func (s *seen) note(o client.Object) {
	s.versions.Store(client.ObjectKeyFromObject(o), o.GetResourceVersion())
}

// doubt makes every version in the cache too old until the next note.
func (s *seen) doubt(key client.ObjectKey) { s.versions.Store(key, "") }

func (s *seen) forget(key client.ObjectKey) { s.versions.Delete(key) }

// newerThan reports whether something newer than o, which comes from a cache, was seen.
func (s *seen) newerThan(o client.Object) bool {
	value, ok := s.versions.Load(client.ObjectKeyFromObject(o))
	if !ok {
		return false
	}
	version, _ := value.(string)
	order, err := resourceversion.CompareResourceVersion(o.GetResourceVersion(), version)
	return err != nil || order < 0
}
