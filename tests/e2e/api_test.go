package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// maxAnswer bounds an answer of the API: a page of 100 large servers fits.
const maxAnswer = 64 << 20

// httpClient opens a connection per request, so that every request goes through
// the Service anew. No proxy stands between a test and its cluster.
var httpClient = &http.Client{
	Timeout:   30 * time.Second,
	Transport: &http.Transport{DisableKeepAlives: true},
}

// page is an answer of the list endpoint.
type page struct {
	Servers []struct {
		Server json.RawMessage `json:"server"`
	} `json:"servers"`
	Metadata struct {
		NextCursor string `json:"nextCursor"`
	} `json:"metadata"`
}

// served pages through the API of a registry, by the address of its Service,
// and returns the server.json of every entry by "name@version".
func (w *world) served(ctx context.Context, r *v1alpha1.MCPRegistry) (map[string]json.RawMessage, error) {
	base, err := w.address(ctx, r)
	if err != nil {
		return nil, err
	}
	all := map[string]json.RawMessage{}
	for cursor := ""; ; {
		var p page
		if err := get(ctx, base+"/v0.1/servers?limit=100&cursor="+url.QueryEscape(cursor), &p); err != nil {
			return nil, err
		}
		for _, entry := range p.Servers {
			var id struct{ Name, Version string }
			if err := json.Unmarshal(entry.Server, &id); err != nil {
				return nil, err
			}
			all[id.Name+"@"+id.Version] = entry.Server
		}
		if cursor = p.Metadata.NextCursor; cursor == "" {
			return all, nil
		}
	}
}

// address is the URL of a registry's Service.
func (w *world) address(ctx context.Context, r *v1alpha1.MCPRegistry) (string, error) {
	var service corev1.Service
	key := client.ObjectKey{Namespace: r.Namespace, Name: v1alpha1.APIName(r.Name)}
	if err := w.Client.Get(ctx, key, &service); err != nil {
		return "", err
	}
	return fmt.Sprintf("http://%s:%d", service.Spec.ClusterIP, v1alpha1.APIPort), nil
}

func get(ctx context.Context, address string, into any) error {
	body, err := fetch(ctx, address)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

func fetch(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := httpClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", address, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s: %.200s", address, answer.Status, body)
	}
	return body, nil
}

// serves waits until the API serves exactly the servers of these names, given
// without the part before the slash.
func (w *world) serves(t *testing.T, r *v1alpha1.MCPRegistry, names ...string) time.Duration {
	t.Helper()
	slices.Sort(names)
	what := fmt.Sprintf("%s/%s to serve %q", r.Namespace, r.Name, names)
	return cluster.Eventually(t, what, func(ctx context.Context) error {
		all, err := w.served(ctx, r)
		if err != nil {
			return err
		}
		var have []string
		for id := range all {
			name, _, _ := strings.Cut(id, "@")
			have = append(have, name[strings.LastIndex(name, "/")+1:])
		}
		slices.Sort(have)
		if !slices.Equal(have, names) {
			return fmt.Errorf("it serves %q", have)
		}
		return nil
	})
}
