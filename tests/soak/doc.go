// Package soak puts one API service under full load for minutes while its
// snapshot is swapped every second and its Kubernetes goes away and comes back.
package soak
