package apiservice

import "k8s.io/apimachinery/pkg/api/resource"

const (
	// leastMemory is the limit of a container whose registry is not unusually large.
	leastMemory = 512 << 20
	// memoryPerByte is what a byte of content takes while a snapshot is swapped:
	// the old and the new one, each with its indexes, and what loading needs.
	memoryPerByte = 3
)

// memoryLimit is the memory limit of a container that serves this many bytes of
// content. It grows in doublings, because every change of it restarts the pods.
func memoryLimit(content int64) resource.Quantity {
	limit := int64(leastMemory)
	for limit < memoryPerByte*content+64<<20 {
		limit *= 2
	}
	return *resource.NewQuantity(limit, resource.BinarySI)
}
