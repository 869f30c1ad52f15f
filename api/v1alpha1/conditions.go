package v1alpha1

// Condition types. Ready, Reconciling and Stalled follow kstatus; the last two
// are present only while they are True.
const (
	// ConditionReady: the wanted generation is stored and served.
	ConditionReady = "Ready"
	// ConditionReconciling: work towards Ready is under way.
	ConditionReconciling = "Reconciling"
	// ConditionStalled: Ready will not come about until a person acts.
	ConditionStalled = "Stalled"
	// ConditionSourceAvailable: the last fetch of the source succeeded.
	ConditionSourceAvailable = "SourceAvailable"
	// ConditionDataValid: the last data read from the source is a registry.
	ConditionDataValid = "DataValid"
	// ConditionSyncSuccessful: the last sync stored, or confirmed, what the source holds.
	ConditionSyncSuccessful = "SyncSuccessful"
	// ConditionAPIReady: the API service's present revision is available.
	ConditionAPIReady = "APIReady"
)

// Reasons of conditions and events.
const (
	// ReasonSucceeded: the condition holds.
	ReasonSucceeded = "Succeeded"
	// ReasonProgressing: the operator is working on it.
	ReasonProgressing = "Progressing"
	// ReasonSuspended: spec.suspend is true; nothing is synced.
	ReasonSuspended = "Suspended"
	// ReasonInvalidSpec: the spec contradicts itself; the message names the field.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonSourceUnavailable: the source cannot be reached or does not exist now; it is tried again.
	ReasonSourceUnavailable = "SourceUnavailable"
	// ReasonSourceTooLarge: the source exceeds --max-source-bytes.
	ReasonSourceTooLarge = "SourceTooLarge"
	// ReasonInvalidSourceReference: the spec names a branch, path or key that does not exist or is not allowed.
	ReasonInvalidSourceReference = "InvalidSourceReference"
	// ReasonSourceAuthFailed: the source refused to be read without, or with these, credentials, or an SSH server has another host key than known_hosts says.
	ReasonSourceAuthFailed = "SourceAuthFailed"
	// ReasonVerificationFailed: the source is not signed with a key that its verify block names, or does not have the digest of http.sha256; what is stored stays.
	ReasonVerificationFailed = "VerificationFailed"
	// ReasonInvalidData: the source's content is not a registry of the format that the spec names.
	ReasonInvalidData = "InvalidData"
	// ReasonEmptyHeld: nothing is left of the source after validation and filter; what is stored stays.
	ReasonEmptyHeld = "EmptyHeld"
	// ReasonShrinkHeld: a source would remove more servers than syncPolicy.maxRemovalPercent allows; what is stored stays. The message says how to accept it.
	ReasonShrinkHeld = "ShrinkHeld"
	// ReasonEntriesRejected: syncPolicy.strict is true and a source holds entries that are not valid; what is stored stays.
	ReasonEntriesRejected = "EntriesRejected"
	// ReasonSourceConflict is the reason of the event for sources that say different things of the same server and version.
	ReasonSourceConflict = "SourceConflict"
	// ReasonPinned: spec.rollbackTo holds the registry at an earlier snapshot; nothing is synced until it is cleared.
	ReasonPinned = "Pinned"
	// ReasonRollbackUnavailable: the snapshot of spec.rollbackTo is not kept, or not whole any more; what was served stays.
	ReasonRollbackUnavailable = "RollbackUnavailable"
	// ReasonStorageFailed: the snapshot could not be stored; it is tried again.
	ReasonStorageFailed = "StorageFailed"
	// ReasonNameConflict: an object that the registry needs exists and belongs to somebody else.
	ReasonNameConflict = "NameConflict"
	// ReasonInvalidPodTemplateSpec: spec.podTemplateSpec is not a Pod template or changes a protected field.
	ReasonInvalidPodTemplateSpec = "InvalidPodTemplateSpec"
	// ReasonInvalidSecret: a Secret that the spec names does not exist or cannot be used; the message names field, Secret and key.
	ReasonInvalidSecret = "InvalidSecret"
	// ReasonTokenReviewDisabled: spec.api.auth.type is tokenReview, but the operator may not let API services review tokens.
	ReasonTokenReviewDisabled = "TokenReviewDisabled"
	// ReasonAPIFailed: the API service's objects could not be applied; it is tried again.
	ReasonAPIFailed = "APIFailed"
	// ReasonAPINotReady: the API service's Pods are not available yet, or no longer.
	ReasonAPINotReady = "APINotReady"
	// ReasonNoData: nothing has been stored yet, so nothing can be served.
	ReasonNoData = "NoData"
	// ReasonReady is the reason of the event for a registry that became Ready.
	ReasonReady = "Ready"
	// ReasonSynced is the reason of the event for a stored change.
	ReasonSynced = "Synced"
)

// Reasons why a sync is due. Status shows the last one.
const (
	// DueNeverSynced: nothing has been synced yet.
	DueNeverSynced = "NeverSynced"
	// DueSpecChanged: the source in the spec is not the one that the stored data came from.
	DueSpecChanged = "SpecChanged"
	// DueFilterChanged: the filter in the spec is not the one that was applied to the stored data.
	DueFilterChanged = "FilterChanged"
	// DueSourceChanged: the watched source has changed.
	DueSourceChanged = "SourceChanged"
	// DueIntervalElapsed: spec.syncPolicy.interval has passed since the last look.
	DueIntervalElapsed = "IntervalElapsed"
	// DueManual: the sync-trigger annotation has a new value.
	DueManual = "ManualTrigger"
	// DueRetry: the pause after a failure is over.
	DueRetry = "RetryDue"
	// DueRollbackEnded: spec.rollbackTo was cleared.
	DueRollbackEnded = "RollbackEnded"
	// DueStorageDamaged: the stored data is missing, not what it should be, or not made from the last good data of all sources.
	DueStorageDamaged = "StorageDamaged"
)
