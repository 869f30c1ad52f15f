package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/flagenv"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/selftest"
)

// selfTest tries out the operator that runs in the cluster.
func selfTest(ctx context.Context, args []string) error {
	test := selftest.Test{
		Out: os.Stdout,
		// The API service is in the cluster, and no proxy leads there.
		HTTP: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}},
	}
	var timeout time.Duration
	fs := flag.NewFlagSet("selftest", flag.ContinueOnError)
	fs.StringVar(&test.Namespace, "namespace", "", "namespace to make a registry in (required); the operator has to work there")
	fs.StringVar(&test.Name, "name", "selftest", "name of the registry and of its source ConfigMap")
	fs.DurationVar(&timeout, "timeout", 2*time.Minute, "how long it may take")
	if err := flagenv.Parse(fs, envPrefix, args, os.Getenv); err != nil {
		return err
	}
	if test.Namespace == "" {
		return errors.New("--namespace is required: the namespace to make a registry in")
	}
	ctrl.SetLogger(logr.Discard()) // the test says itself what happens
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(v1alpha1.AddToScheme(scheme), corev1.AddToScheme(scheme)); err != nil {
		return err
	}
	if test.Client, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		return fmt.Errorf("connecting to the cluster: %w", err)
	}
	ctx, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	return test.Run(ctx)
}
