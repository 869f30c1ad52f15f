package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Phase sums the conditions up for people.
//
// +kubebuilder:validation:Enum=Pending;Syncing;Ready;Degraded;Failed;Suspended
type Phase string

// The phases, derived from the conditions in one place.
const (
	// PhasePending: nothing is served yet, and nothing has failed.
	PhasePending Phase = "Pending"
	// PhaseSyncing: data is being synced or rolled out.
	PhaseSyncing Phase = "Syncing"
	// PhaseReady: what is wanted is served.
	PhaseReady Phase = "Ready"
	// PhaseDegraded: earlier data is served because the last sync failed.
	PhaseDegraded Phase = "Degraded"
	// PhaseFailed: nothing is served, because something failed.
	PhaseFailed Phase = "Failed"
	// PhaseSuspended: spec.suspend is true.
	PhaseSuspended Phase = "Suspended"
)

// MCPRegistryStatus is what was last seen of a registry.
type MCPRegistryStatus struct {
	// ObservedGeneration is the generation of the spec that this status is about.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Observed Generation"
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// Conditions tell machines and people how things stand. Wait for Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Conditions",xDescriptors={"urn:alm:descriptor:io.kubernetes.conditions"}
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// Phase sums the conditions up for people.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Phase",xDescriptors={"urn:alm:descriptor:io.kubernetes.phase"}
	Phase Phase `json:"phase,omitempty"`
	// Message says in a sentence how things stand and what to do next.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Message",xDescriptors={"urn:alm:descriptor:text"}
	Message string `json:"message,omitempty"`
	// SyncStatus is about the data.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Sync"
	SyncStatus *SyncStatus `json:"syncStatus,omitempty"`
	// APIStatus is about the API service.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="API"
	APIStatus *APIStatus `json:"apiStatus,omitempty"`
	// StorageRef says where the data is kept.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Storage"
	StorageRef *StorageRef `json:"storageRef,omitempty"`
	// LastAppliedFilterHash is a hash of the filter that the stored data went through.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Last Applied Filter Hash"
	LastAppliedFilterHash string `json:"lastAppliedFilterHash,omitempty"`
	// LastManualSyncTrigger is the last value of the sync-trigger annotation that was acted on.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Last Manual Sync Trigger"
	LastManualSyncTrigger string `json:"lastManualSyncTrigger,omitempty"`
}

// SyncPhase is how the last sync went.
//
// +kubebuilder:validation:Enum=Complete;Failed
type SyncPhase string

// The phases of a sync. A sync under way is not recorded, so that an operator
// that dies in the middle leaves no trace that could mislead the next one.
const (
	SyncComplete SyncPhase = "Complete"
	SyncFailed   SyncPhase = "Failed"
)

// SyncStatus is about the data of a registry.
type SyncStatus struct {
	// Phase is how the last sync went.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Phase"
	Phase SyncPhase `json:"phase,omitempty"`
	// Reason is why the last sync was due.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Reason"
	Reason string `json:"reason,omitempty"`
	// Message says how the last sync went.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Message"
	Message string `json:"message,omitempty"`
	// LastAttempt is when the last sync started.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Last Attempt"
	LastAttempt *metav1.Time `json:"lastAttempt,omitempty"`
	// AttemptCount is the number of failed syncs since the last good one.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Failed Attempts"
	AttemptCount int32 `json:"attemptCount,omitempty"`
	// LastSyncTime is when a sync last succeeded, whether or not it brought a change.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Last Sync Time"
	LastSyncTime *metav1.Time `json:"lastSyncTime,omitempty"`
	// LastSyncHash is the digest of the stored snapshot.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Digest of the Snapshot"
	LastSyncHash string `json:"lastSyncHash,omitempty"`
	// NextSyncTime is when the source is looked at next; absent when nothing is scheduled.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Next Sync Time"
	NextSyncTime *metav1.Time `json:"nextSyncTime,omitempty"`
	// ServerCount is the number of stored server versions.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Servers"
	ServerCount int32 `json:"serverCount"`
	// RejectedCount is the number of entries that the last sync left out because they are not valid.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Rejected Entries"
	RejectedCount int32 `json:"rejectedCount,omitempty"`
	// Revision is the source's revision that was last read, for example a Git commit.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Revision"
	Revision string `json:"revision,omitempty"`
	// Changes is what the last sync that changed anything changed.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Changes"
	Changes *Changes `json:"changes,omitempty"`
	// Sources are the sources as they were seen last, in the order of the spec.
	// +optional
	// +listType=atomic
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Sources"
	Sources []SourceStatus `json:"sources,omitempty"`
	// Conflicts are servers of which two sources say different things.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Conflicts"
	Conflicts *Conflicts `json:"conflicts,omitempty"`
	// History are the earlier snapshots that are kept, the latest first. spec.rollbackTo takes one of their digests.
	// +optional
	// +listType=atomic
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="History"
	History []PastSnapshot `json:"history,omitempty"`
}

// PastSnapshot is an earlier snapshot that is kept.
type PastSnapshot struct {
	// Digest of the snapshot.
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Digest"
	Digest string `json:"digest"`
	// Revision of the source that it was made from; of several sources there is none in common.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Revision"
	Revision string `json:"revision,omitempty"`
	// Servers is the number of server versions.
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Servers"
	Servers int32 `json:"servers"`
	// PublishedAt is when it became the current one.
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Published At"
	PublishedAt metav1.Time `json:"publishedAt"`
}

// Changes says how a snapshot differs from the one before. Names are
// name@version; of many, the first ten are listed.
type Changes struct {
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Added"
	Added int32 `json:"added"`
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Updated"
	Updated int32 `json:"updated"`
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Removed"
	Removed int32 `json:"removed"`
	// +optional
	// +listType=atomic
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Added Names"
	AddedNames []string `json:"addedNames,omitempty"`
	// +optional
	// +listType=atomic
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Updated Names"
	UpdatedNames []string `json:"updatedNames,omitempty"`
	// +optional
	// +listType=atomic
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Removed Names"
	RemovedNames []string `json:"removedNames,omitempty"`
}

// Conflicts are servers of which two sources say different things.
type Conflicts struct {
	// Count is how many there are.
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Count"
	Count int32 `json:"count"`
	// First are the first ten, as "name@version (winner before loser)".
	// +optional
	// +listType=atomic
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="First"
	First []string `json:"first,omitempty"`
}

// SourceStatus is about one source.
type SourceStatus struct {
	// Name of the source; an only source has none.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Name"
	Name string `json:"name,omitempty"`
	// Type of the source, for example git.
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Type"
	Type string `json:"type"`
	// Revision that was last seen at the source, for example a Git commit.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Revision"
	Revision string `json:"revision,omitempty"`
	// Digest of the source's last good data, where it is kept apart from that of other sources.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Digest"
	Digest string `json:"digest,omitempty"`
	// Servers is the number of valid entries in its last good data, before the filters.
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Servers"
	Servers int32 `json:"servers"`
	// Rejected is the number of entries of its last good data that are not valid.
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Rejected"
	Rejected int32 `json:"rejected"`
	// LastSyncTime is when the source was last read, or found unchanged, without an error.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Last Sync Time"
	LastSyncTime *metav1.Time `json:"lastSyncTime,omitempty"`
	// RetryAfter is until when the source asked to be left alone.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Retry After"
	RetryAfter *metav1.Time `json:"retryAfter,omitempty"`
	// Message says what is wrong with the source, and what is served of it meanwhile.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Message"
	Message string `json:"message,omitempty"`
}

// APIPhase is the state of the API service.
//
// +kubebuilder:validation:Enum=NotStarted;Deploying;Ready;Unhealthy
type APIPhase string

// The phases of the API service.
const (
	APINotStarted APIPhase = "NotStarted"
	APIDeploying  APIPhase = "Deploying"
	APIReady      APIPhase = "Ready"
	APIUnhealthy  APIPhase = "Unhealthy"
)

// APIStatus is about the API service of a registry.
type APIStatus struct {
	// Phase is the state of the API service.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Phase"
	Phase APIPhase `json:"phase,omitempty"`
	// Endpoint is the URL of the API within the cluster.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Endpoint",xDescriptors={"urn:alm:descriptor:org.w3:link"}
	Endpoint string `json:"endpoint,omitempty"`
	// ReadySince is when the API service last became ready.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Ready Since"
	ReadySince *metav1.Time `json:"readySince,omitempty"`
	// ReadyReplicas is the number of API Pods that are ready.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Ready Pods"
	ReadyReplicas int32 `json:"readyReplicas,omitempty"`
}

// StorageRef says where the data of a registry is kept.
type StorageRef struct {
	// Type of storage.
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Type"
	Type string `json:"type"`
	// ConfigMapRef names the ConfigMap that points to the current snapshot.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="ConfigMap"
	ConfigMapRef *LocalReference `json:"configMapRef,omitempty"`
}

// LocalReference names an object in the registry's namespace.
type LocalReference struct {
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Name",xDescriptors={"urn:alm:descriptor:io.kubernetes:ConfigMap"}
	Name string `json:"name"`
}
