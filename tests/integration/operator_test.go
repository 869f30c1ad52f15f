package integration

import "testing"

func TestOperator(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a control plane")
	}
	w := newWorld(t)
	for name, test := range map[string]func(*testing.T, *world){
		"spec refused":                        specRefused,
		"ready and events":                    readyAndEvents,
		"interval":                            interval,
		"source deleted and back":             sourceDeletedAndBack,
		"filter edited while source is down":  filterEditedWhileDown,
		"empty source":                        emptySource,
		"several sources":                     severalSources,
		"one of several sources fails":        sourceOfSeveralFails,
		"one of several sources is removed":   sourceOfSeveralRemoved,
		"slot damaged":                        slotDamaged,
		"source that never gave data":         missingSource,
		"from one source to several":          fromOneToSeveral,
		"selected ConfigMaps":                 selectedConfigMaps,
		"shrink held and accepted":            shrinkHeldAndAccepted,
		"strict":                              strictly,
		"rollback":                            rollback,
		"rollback unavailable":                rollbackUnavailable,
		"broken data":                         brokenData,
		"invalid glob":                        invalidGlob,
		"storage damaged":                     storageDamaged,
		"settled":                             settled,
		"slow source":                         slowSource,
		"private file":                        privateFile,
		"pinned file":                         pinnedFile,
		"private repository":                  privateRepository,
		"artifact":                            artifact,
		"signed artifact":                     signedArtifact,
		"repository over SSH":                 repositoryOverSSH,
		"signed repository":                   signedRepository,
		"shared repository":                   sharedRepository,
		"another registry":                    anotherRegistry,
		"another registry with a login":       anotherRegistryWithLogin,
		"state told":                          stateTold,
		"state of an old manifest":            stateOfOldManifest,
		"workload drift":                      workloadDrift,
		"workload left alone":                 workloadLeftAlone,
		"ready is about the present revision": presentRevision,
		"names taken":                         namesTaken,
		"protected Pod template":              protectedTemplate,
		"restarted":                           restarted,
		"suspended":                           suspended,
		"TLS Secret":                          tlsSecret,
		"token review":                        tokenReviewed,
		"who may review":                      whoMayReview,
		"access that is not understood":       accessNotUnderstood,
		"definition of another product":       foreignDefinition,
		"monitors missing":                    missingMonitors,
		"self test":                           selfTested,
		"measured":                            measured,
		"deleted":                             deleted,
		"made again":                          madeAgain,
	} {
		t.Run(name, func(t *testing.T) { test(t, w) })
	}
}
