package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// MCPRegistry is a catalogue of MCP servers: where its entries come from, which
// of them to let through, and a read-only API service that serves the result.
//
// +operator-sdk:csv:customresourcedefinitions:displayName="MCP Registry",resources={{Deployment,v1},{Service,v1},{ServiceAccount,v1},{Role,v1},{RoleBinding,v1},{ConfigMap,v1},{Secret,v1},{Event,v1}}
// +kubebuilder:metadata:labels="app.kubernetes.io/part-of=mcp-registry-operator"
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=mcpregistries,scope=Namespaced,shortName=mcpreg;registry,categories=toolhive
// +kubebuilder:printcolumn:name="Display Name",type=string,JSONPath=`.spec.displayName`,priority=1
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Servers",type=integer,JSONPath=`.status.syncStatus.serverCount`
// +kubebuilder:printcolumn:name="Last Sync",type=date,JSONPath=`.status.syncStatus.lastSyncTime`
// +kubebuilder:printcolumn:name="Endpoint",type=string,JSONPath=`.status.apiStatus.endpoint`,priority=1
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.message`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 59",message="metadata.name must have at most 59 characters, because the API Service is called <name>-api"
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",message="metadata.name must start with a letter and hold only a-z, 0-9 and '-', because Services are named after it"
type MCPRegistry struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what is wanted.
	Spec MCPRegistrySpec `json:"spec"`
	// Status is what was last seen.
	// +optional
	Status MCPRegistryStatus `json:"status,omitempty"`
}

// MCPRegistryList is a list of registries.
//
// +kubebuilder:object:root=true
type MCPRegistryList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MCPRegistry `json:"items"`
}

// MCPRegistrySpec is what is wanted of a registry.
//
// +kubebuilder:validation:XValidation:rule="has(self.source) != has(self.sources)",message="exactly one of spec.source and spec.sources must be set; use spec.sources for several"
type MCPRegistrySpec struct {
	// DisplayName is a name for people. It is shown by kubectl get -o wide and
	// told by the API service. Changing it restarts no Pods.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Display Name",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	DisplayName string `json:"displayName,omitempty"`

	// Source is where the entries come from, if that is one place. Exactly one of
	// source and sources must be set.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Source"
	Source Source `json:"source,omitzero"`

	// Sources are where the entries come from, if those are several places. They
	// are read at the same time and do not wait for each other. Of two entries
	// with the same name and version, that of the earlier source wins, and status
	// tells of it where they differ. While a source fails, its last good data
	// takes part; a source that never had any is missing until it answers. A source
	// that is removed from the list leaves the registry at once.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Sources"
	Sources []NamedSource `json:"sources,omitempty"`

	// SyncPolicy says when the source is looked at. Without it, a registry is
	// synced when its spec changes, when its source ConfigMap changes, and by hand.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Sync Policy"
	SyncPolicy *SyncPolicy `json:"syncPolicy,omitempty"`

	// Filter says which entries are let through. Without it, all are.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Filter"
	Filter *Filter `json:"filter,omitempty"`

	// Suspend stops syncing while it is true; a sync that is asked for by hand
	// waits, and status.message says so. The API service keeps serving what is
	// stored, and deletion still works.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Suspend",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:booleanSwitch"}
	Suspend bool `json:"suspend,omitempty"`

	// RollbackTo serves an earlier snapshot until it is cleared: one of
	// status.syncStatus.history, by its digest. Nothing is synced meanwhile; a sync
	// that is asked for by hand waits, and status.message says so. Ready says that
	// the snapshot is pinned.
	// +optional
	// +kubebuilder:validation:Pattern=`^sha256:[0-9a-f]{64}$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Roll Back To"
	RollbackTo string `json:"rollbackTo,omitempty"`

	// Storage says where the synced data is kept.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Storage"
	Storage *Storage `json:"storage,omitempty"`

	// API configures the API service.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="API"
	API *API `json:"api,omitempty"`

	// PodTemplateSpec is merged over the Pod template of the API service, the
	// way kubectl patches: containers by name, where the API's own container is
	// called "registry-api". Use it for resources, node selection, sidecars and
	// the like. Selector labels, service account, image, arguments, the security
	// settings and the operator's own environment variables cannot be changed.
	// Example: {"spec":{"containers":[{"name":"registry-api","resources":{"limits":{"memory":"1Gi"}}}]}}
	// +optional
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Type=object
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Pod Template"
	PodTemplateSpec *runtime.RawExtension `json:"podTemplateSpec,omitempty"`

	// EnforceServers is accepted so that older manifests apply unchanged. It has
	// no effect: this operator runs no MCP servers.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Enforce Servers (no effect)",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:booleanSwitch","urn:alm:descriptor:com.tectonic.ui:hidden"}
	EnforceServers bool `json:"enforceServers,omitempty"`
}

// Source is one source of server metadata.
//
// +kubebuilder:validation:XValidation:rule="self.type == 'configmap' ? has(self.configmap) : true",message="source.configmap is required when source.type is 'configmap'; add it with the name of the ConfigMap"
// +kubebuilder:validation:XValidation:rule="self.type == 'git' ? has(self.git) : true",message="source.git is required when source.type is 'git'; add it with the repository's URL"
// +kubebuilder:validation:XValidation:rule="self.type != 'configmap' ? !has(self.configmap) : true",message="source.configmap may only be set when source.type is 'configmap'; remove it or change the type"
// +kubebuilder:validation:XValidation:rule="self.type != 'git' ? !has(self.git) : true",message="source.git may only be set when source.type is 'git'; remove it or change the type"
// +kubebuilder:validation:XValidation:rule="self.type == 'http' ? has(self.http) : true",message="source.http is required when source.type is 'http'; add it with the file's URL"
// +kubebuilder:validation:XValidation:rule="self.type != 'http' ? !has(self.http) : true",message="source.http may only be set when source.type is 'http'; remove it or change the type"
// +kubebuilder:validation:XValidation:rule="self.type == 'api' ? has(self.api) : true",message="source.api is required when source.type is 'api'; add it with the registry's endpoint"
// +kubebuilder:validation:XValidation:rule="self.type == 'oci' ? has(self.oci) : true",message="source.oci is required when source.type is 'oci'; add it with the artifact's reference"
// +kubebuilder:validation:XValidation:rule="self.type != 'oci' ? !has(self.oci) : true",message="source.oci may only be set when source.type is 'oci'; remove it or change the type"
// +kubebuilder:validation:XValidation:rule="self.type != 'api' ? !has(self.api) : true",message="source.api may only be set when source.type is 'api'; remove it or change the type"
type Source struct {
	// Type is the kind of source: configmap, git, http, api or oci.
	// +optional
	// +kubebuilder:validation:Enum=configmap;git;http;api;oci
	// +kubebuilder:default=configmap
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Type",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:select:configmap","urn:alm:descriptor:com.tectonic.ui:select:git","urn:alm:descriptor:com.tectonic.ui:select:http","urn:alm:descriptor:com.tectonic.ui:select:api","urn:alm:descriptor:com.tectonic.ui:select:oci"}
	Type string `json:"type,omitempty"`

	// Format is the format of the registry file: toolhive (ToolHive's own, with
	// servers and remote_servers) or upstream (the official server.json entries).
	// A source of type api is always upstream, whatever this says.
	// +optional
	// +kubebuilder:validation:Enum=toolhive;upstream
	// +kubebuilder:default=toolhive
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Format",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:select:toolhive","urn:alm:descriptor:com.tectonic.ui:select:upstream"}
	Format string `json:"format,omitempty"`

	// ConfigMap names a ConfigMap in the registry's namespace.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="ConfigMap"
	ConfigMap *ConfigMapSource `json:"configmap,omitempty"`

	// Git names files in a Git repository.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Git"
	Git *GitSource `json:"git,omitempty"`

	// HTTP names a registry file at a URL.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="HTTP"
	HTTP *HTTPSource `json:"http,omitempty"`

	// API names another registry.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="API"
	API *APISource `json:"api,omitempty"`

	// OCI names an artifact in a container registry.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="OCI"
	OCI *OCISource `json:"oci,omitempty"`
}

// Source types and formats.
const (
	SourceTypeConfigMap = "configmap"
	SourceTypeGit       = "git"
	FormatToolHive      = "toolhive"
	FormatUpstream      = "upstream"
	// DefaultFile is the default key of a ConfigMap and path in a repository.
	DefaultFile = "registry.json"
)

// ConfigMapSource is a key of ConfigMaps in the registry's namespace. They are
// watched: an edit is synced at once.
//
// +kubebuilder:validation:XValidation:rule="has(self.name) != has(self.selector)",message="exactly one of configmap.name and configmap.selector must be set; use the selector for several ConfigMaps"
type ConfigMapSource struct {
	// Name of the ConfigMap. Exactly one of name and selector must be set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Name",xDescriptors={"urn:alm:descriptor:io.kubernetes:ConfigMap"}
	Name string `json:"name,omitempty"`

	// Selector takes all ConfigMaps with these labels, in the order of their names,
	// instead of one by its name. Of two entries with the same name and version,
	// that of the earlier ConfigMap counts. One that is added, edited or removed,
	// or that gets or loses its labels, is synced at once.
	// +optional
	// +kubebuilder:validation:XValidation:rule="has(self.matchLabels) || has(self.matchExpressions)",message="configmap.selector must select something; an empty one would take all ConfigMaps"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Selector"
	Selector *metav1.LabelSelector `json:"selector,omitempty"`

	// Key in data or binaryData that holds the registry file; with a selector, in each ConfigMap.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:default=registry.json
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Key"
	Key string `json:"key,omitempty"`
}

// SyncPolicy says when the source is looked at.
type SyncPolicy struct {
	// Interval between two looks at the source, at least 10s, for example "30m"
	// or "24h". The operator varies it by up to 10 % so that registries do not
	// all sync at the same moment. Without it, the registry is synced when its
	// spec changes, when a source ConfigMap changes, and by hand; what failed is
	// tried again all the same.
	// +optional
	// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('10s')",message="syncPolicy.interval must be at least 10s"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Interval"
	Interval string `json:"interval,omitempty"`

	// Timeout is how long a source may take to answer, to the last byte. Default
	// 2m. Each source has this time for itself; one that takes longer has failed,
	// and the others are stored without waiting any further.
	// +optional
	// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('1h')",message="syncPolicy.timeout must be from 1s to 1h"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Timeout"
	Timeout string `json:"timeout,omitempty"`

	// AllowEmpty lets a source without any servers replace stored data that has
	// some. By default the stored data is kept.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Allow Empty",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:booleanSwitch"}
	AllowEmpty bool `json:"allowEmpty,omitempty"`

	// MaxRemovalPercent is how many of a source's servers one sync may remove, in
	// percent of those that the filters let through. Default 50. What would remove
	// more is held: the stored data stays, and Ready is False with the reason
	// ShrinkHeld and a message that says what would go and how to accept it. A new
	// version in place of an old one removes nothing. What a person takes away by
	// editing the filters or the source's own fields is not held. 100 turns
	// the guard off; a source that loses all servers is left to allowEmpty.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Largest Removal (%)"
	MaxRemovalPercent *int32 `json:"maxRemovalPercent,omitempty"`

	// Strict makes a source with any entry that is not valid fail as a whole. By
	// default such entries are left out and told of, and the others are taken.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Strict",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:booleanSwitch"}
	Strict bool `json:"strict,omitempty"`
}

// DefaultMaxRemovalPercent is that of a registry without syncPolicy.maxRemovalPercent.
const DefaultMaxRemovalPercent = 50

// Filter says which entries are let through: those that pass both names and tags.
type Filter struct {
	// Names filters by name, with the globs *, ? and [a-z]; * matches '/' too. A
	// pattern without a '/' also matches the part of a name after its last '/'.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Names"
	Names *Patterns `json:"names,omitempty"`
	// Tags filters by ToolHive tags, matched exactly and case-sensitively.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Tags"
	Tags *Patterns `json:"tags,omitempty"`
}

// Patterns are what to include and what to exclude. Exclude wins.
type Patterns struct {
	// Include lets only entries through that match one of these. Empty means all.
	// +optional
	// +kubebuilder:validation:MaxItems=1000
	// +kubebuilder:validation:items:MaxLength=512
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Include"
	Include []string `json:"include,omitempty"`
	// Exclude keeps out entries that match one of these.
	// +optional
	// +kubebuilder:validation:MaxItems=1000
	// +kubebuilder:validation:items:MaxLength=512
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Exclude"
	Exclude []string `json:"exclude,omitempty"`
}

// Storage says where the synced data is kept.
type Storage struct {
	// Type of storage. configmap keeps the data, compressed and in pieces, in
	// ConfigMaps of the registry's namespace.
	// +optional
	// +kubebuilder:validation:Enum=configmap
	// +kubebuilder:default=configmap
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Type"
	Type string `json:"type,omitempty"`

	// HistoryLimit is how many earlier snapshots are kept for a rollback. Default 3.
	// Of a very large registry, fewer may fit.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Snapshots to Keep"
	HistoryLimit *int32 `json:"historyLimit,omitempty"`
}

// DefaultHistoryLimit is that of a registry without storage.historyLimit.
const DefaultHistoryLimit = 3

// StorageTypeConfigMap is the storage in ConfigMaps.
const StorageTypeConfigMap = "configmap"

// API configures the API service of a registry.
type API struct {
	// Replicas is the number of API Pods. Without it the number is left alone,
	// for an autoscaler to set; it starts at 1.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Replicas",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:podCount"}
	Replicas *int32 `json:"replicas,omitempty"`

	// TLS makes the API service speak HTTPS. Without it, it speaks HTTP.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="TLS"
	TLS *APITLS `json:"tls,omitempty"`

	// Auth lets only clients with a valid bearer token read the registry. Without
	// it, everybody who reaches the API service may. Health checks, the OpenAPI
	// document and the page's own files are always public. Changing it restarts
	// the API Pods.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Auth"
	Auth *APIAuth `json:"auth,omitempty"`

	// RateLimit bounds how many requests one client may send. Without it, there is
	// no bound. Changing it restarts the API Pods.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Rate Limit"
	RateLimit *APIRateLimit `json:"rateLimit,omitempty"`
}
