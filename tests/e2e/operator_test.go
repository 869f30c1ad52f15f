package e2e

import (
	"os"
	"testing"
)

// story is one thing that a user does, told from start to end.
type story struct {
	name string
	tell func(t *testing.T, w *world)
}

// The order puts first what users do most and last what disturbs the operator.
var stories = []story{
	{"main job with real data", mainJob},
	{"helm test", releaseTried},
	{"ten thousand servers", manyServers},
	{"source ConfigMap edited", sourceEdited},
	{"Git push and manual sync", gitPushed},
	{"source deleted and back", sourceDeletedAndBack},
	{"storage deleted by hand", storageDeleted},
	{"API service edited by hand", workloadEdited},
	{"API service restarted by hand", workloadRestarted},
	{"API service watched", apiWatched},
	{"names taken by others", namesTaken},
	{"registry deleted", registryDeleted},
	{"invalid registry deleted", invalidRegistryDeleted},
	{"manifests of the predecessor", predecessorManifests},
	{"least privilege", leastPrivilege},
	{"unsafe sources", unsafeSources},
	{"greedy client", greedyClient},
	{"TLS Secret missing", secretMissing},
	{"registry with TLS and tokens", protectedRegistry},
	{"operator killed while syncing", operatorKilled},
	{"operator restarted", operatorRestarted},
	{"operator upgraded", operatorUpgraded},
	{"leader lost", leaderLost},
	{"leader elected by lease", leaseElection},
	{"operator limited to namespaces", limitedToNamespaces},
	{"operator uninstalled and back", operatorReinstalled},
	{"idle costs nothing", idle},
}

func TestOperator(t *testing.T) {
	if os.Getenv("E2E") == "" {
		t.Skip("set E2E=1 to run the end-to-end tests on a cluster with a node")
	}
	w := newWorld(t)
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) { s.tell(t, w) })
	}
}
