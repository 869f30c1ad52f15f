//go:build deps

package main

import (
	_ "github.com/go-git/go-git/v5"
	_ "github.com/klauspost/compress/zstd"
	_ "github.com/operator-framework/operator-lib/leader"
	_ "github.com/stacklok/toolhive-core/registry/converters"
	_ "github.com/stretchr/testify/require"
	_ "helm.sh/helm/v3/pkg/action"
	_ "k8s.io/client-go/kubernetes"
	_ "sigs.k8s.io/controller-runtime"
	_ "github.com/prometheus/client_golang/prometheus"
	_ "golang.org/x/mod/semver"
	_ "k8s.io/utils/clock"
	_ "github.com/google/go-containerregistry/pkg/v1/tarball"
)
