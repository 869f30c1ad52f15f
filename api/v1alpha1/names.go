package v1alpha1

// Labels and annotations. They are part of the API: people select by them.
const (
	// LabelRegistry is on every object made for a registry; its value is the registry's name.
	LabelRegistry = "toolhive.stacklok.dev/registry"
	// LabelManagedBy is on every object made for a registry, with value [ManagedBy].
	LabelManagedBy = "app.kubernetes.io/managed-by"
	// ManagedBy is the value of [LabelManagedBy] and the field owner of all server-side applies.
	ManagedBy = "mcp-registry-operator"
	// LabelComponent tells storage from API objects: [ComponentStorage], [ComponentSource] or [ComponentAPI].
	LabelComponent = "app.kubernetes.io/component"
	// LabelSource is on the ConfigMaps with the last good data of one of several sources; its value is the source's name.
	LabelSource = "toolhive.stacklok.dev/source"
	// ComponentStorage marks the ConfigMaps that hold a snapshot.
	ComponentStorage = "registry-storage"
	// ComponentSource marks the ConfigMaps that hold the last good data of one of several sources.
	ComponentSource = "registry-source"
	// ComponentAPI marks the objects of the API service.
	ComponentAPI = "registry-api"

	// AnnotationSyncTrigger asks for a sync at once when its value changes. Any
	// value will do; a time is usual.
	AnnotationSyncTrigger = "toolhive.stacklok.dev/sync-trigger"
	// AnnotationAcceptRemoval lets a change through that is held with reason ShrinkHeld, together with a new
	// value of the sync-trigger. Its value is the digest that the message tells; another change is still held.
	AnnotationAcceptRemoval = "toolhive.stacklok.dev/accept-removal"
)

// Names of the objects made for a registry.

// StorageName is the name of the ConfigMap that points to the current snapshot.
func StorageName(registry string) string { return registry + "-registry-storage" }

// SourceStorageName is the name of the ConfigMap that points to the last good
// data of the source of that name, where a registry has several.
func SourceStorageName(registry, source string) string {
	return registry + "-registry-source-" + source
}

// APIName is the name of the API service's Deployment, Service, ServiceAccount, Role and RoleBinding.
func APIName(registry string) string { return registry + "-api" }

const (
	// MaxNameLength keeps [APIName] a valid Service name of at most 63 characters.
	MaxNameLength = 59
	// APIContainer is the name of the API service's container; a podTemplateSpec merges into it by this name.
	APIContainer = "registry-api"
	// APIPort is the port of the API Service and its Pods, named "http".
	APIPort = 8080
	// APIMetricsPort is the port of the API Pods, named "metrics", that serves /metrics.
	// The Service does not have it.
	APIMetricsPort = 9090
	// StorageKeyManifest is the key of the manifest in the pointer ConfigMap.
	StorageKeyManifest = "manifest.json"
	// StorageKeyChunk is the binaryData key of a chunk ConfigMap.
	StorageKeyChunk = "data"
)
