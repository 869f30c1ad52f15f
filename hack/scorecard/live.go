package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

const (
	// made marks what these tests make.
	made = "mcp-registry-operator/scorecard"
	// document is what the sample's ConfigMap holds.
	document = `{"version":"1.0.0","last_updated":"2025-10-01T12:00:00Z","servers":{},"remote_servers":{` +
		`"scorecard-one":{"description":"The first","tier":"Community","status":"Active","transport":"streamable-http","tools":["a"],"url":"https://one.example.com/mcp"},` +
		`"scorecard-two":{"description":"The second","tier":"Community","status":"Active","transport":"streamable-http","tools":["b"],"url":"https://two.example.com/mcp"}}}`
	servers = 2
)

// sampleServes: what people copy from the catalogue's page works.
func sampleServes(ctx context.Context, b bundle, log io.Writer) (faults []string, err error) {
	w, err := connect()
	if err != nil {
		return nil, err
	}
	r, err := b.sample()
	if err != nil {
		return nil, err
	}
	from := r.Spec.Source.ConfigMap
	source := &corev1.ConfigMap{Data: map[string]string{from.Key: document}}
	source.Namespace, source.Name = w.namespace, from.Name
	r.Namespace = w.namespace
	for _, o := range []client.Object{source, r} {
		o.SetLabels(map[string]string{made: "true"})
		if err := w.Create(ctx, o); err != nil {
			return nil, fmt.Errorf("creating %T %q: %w", o, o.GetName(), err)
		}
		defer func() { err = errors.Join(err, w.Delete(context.WithoutCancel(ctx), o)) }()
	}
	if err := w.ready(ctx, r); err != nil {
		return []string{err.Error()}, nil
	}
	var page struct {
		Servers []json.RawMessage `json:"servers"`
	}
	if err := w.get(ctx, r.Status.APIStatus.Endpoint+"/v0.1/servers", &page); err != nil {
		return []string{err.Error()}, nil
	}
	_, _ = fmt.Fprintf(log, "registry %q serves %d servers\n", r.Name, len(page.Servers))
	if len(page.Servers) != servers {
		faults = append(faults, fmt.Sprintf("the sample serves %d servers, and its source has %d", len(page.Servers), servers))
	}
	return faults, nil
}

// registryUpgraded: every registry that was there before is Ready, served by this
// version's program, and holds what it held.
func registryUpgraded(ctx context.Context, b bundle, log io.Writer) ([]string, error) {
	w, err := connect()
	if err != nil {
		return nil, err
	}
	var list v1alpha1.MCPRegistryList
	if err := w.List(ctx, &list, client.InNamespace(w.namespace)); err != nil {
		return nil, fmt.Errorf("listing registries: %w", err)
	}
	earlier := slices.DeleteFunc(list.Items, func(r v1alpha1.MCPRegistry) bool { return r.Labels[made] != "" })
	if len(earlier) == 0 {
		return []string{"there is no registry to upgrade: make one in this namespace with the previous version"}, nil
	}
	var faults []string
	for i := range earlier {
		if err := w.upgraded(ctx, &earlier[i], b.Spec.Version); err != nil {
			faults = append(faults, err.Error())
			continue
		}
		_, _ = fmt.Fprintf(log, "registry %q is served by %s\n", earlier[i].Name, b.Spec.Version)
	}
	return faults, nil
}

func (w world) upgraded(ctx context.Context, r *v1alpha1.MCPRegistry, version string) error {
	held := r.Status.SyncStatus
	var last error
	err := wait.PollUntilContextCancel(ctx, pause, true, func(ctx context.Context) (bool, error) {
		if last = w.ready(ctx, r); last != nil {
			return false, last
		}
		var is struct {
			Version string `json:"version"`
		}
		last = w.get(ctx, r.Status.APIStatus.Endpoint+"/v0.1/version", &is)
		if last == nil && is.Version != version {
			last = fmt.Errorf("registry %q is served by version %q, and the bundle is of %q", r.Name, is.Version, version)
		}
		return last == nil, nil
	})
	if err != nil {
		return errors.Join(last, err)
	}
	if held != nil && held.LastSyncHash != r.Status.SyncStatus.LastSyncHash {
		return fmt.Errorf("registry %q held snapshot %s and now holds %s", r.Name, held.LastSyncHash, r.Status.SyncStatus.LastSyncHash)
	}
	return nil
}
