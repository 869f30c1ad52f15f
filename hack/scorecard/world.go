package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// pause is the time between two looks.
const pause = time.Second

// world is the cluster that the Pod is in.
type world struct {
	client.Client
	namespace string
	http      http.Client
}

func connect() (world, error) {
	ctrl.SetLogger(logr.Discard()) // the test says itself what happens
	w := world{namespace: os.Getenv("SCORECARD_NAMESPACE"), http: http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}}}
	if w.namespace == "" {
		return w, errors.New("SCORECARD_NAMESPACE is not set")
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(v1alpha1.AddToScheme(scheme), corev1.AddToScheme(scheme)); err != nil {
		return w, err
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return w, fmt.Errorf("finding the cluster: %w", err)
	}
	w.Client, err = client.New(config, client.Options{Scheme: scheme})
	return w, err
}

// ready waits until the registry's present generation is Ready, and refreshes it.
func (w world) ready(ctx context.Context, r *v1alpha1.MCPRegistry) error {
	key := client.ObjectKeyFromObject(r)
	err := wait.PollUntilContextCancel(ctx, pause, true, func(ctx context.Context) (bool, error) {
		if err := w.Get(ctx, key, r); err != nil {
			return false, err
		}
		is := meta.FindStatusCondition(r.Status.Conditions, v1alpha1.ConditionReady)
		return is != nil && is.Status == "True" && is.ObservedGeneration == r.Generation && r.Status.APIStatus != nil, nil
	})
	if err != nil {
		return fmt.Errorf("registry %q is not Ready (%w): %s", r.Name, err, r.Status.Message)
	}
	return nil
}

// get asks until the API service answers: a Service needs a moment until every
// node knows it.
func (w world) get(ctx context.Context, url string, answer any) error {
	var last error
	err := wait.PollUntilContextCancel(ctx, pause, true, func(ctx context.Context) (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return false, err
		}
		var response *http.Response
		if response, last = w.http.Do(request); last != nil {
			return false, nil
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			last = fmt.Errorf("GET %s: %s", url, response.Status)
			return false, nil
		}
		last = json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(answer)
		return last == nil, nil
	})
	if err != nil {
		return errors.Join(last, err)
	}
	return nil
}
