package page

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// fields are members of a server.json, or of an extension.
type fields = map[string]any

// entry makes a server; toolhive is what ToolHive knows of it.
func entry(t *testing.T, name, version string, server, toolhive fields) registry.Server {
	t.Helper()
	whole := fields{"name": name, "version": version, "description": "Does what " + name + " does."}
	maps.Copy(whole, server)
	if toolhive != nil {
		whole["_meta"] = fields{"io.modelcontextprotocol.registry/publisher-provided": fields{"io.github.stacklok": fields{"it": toolhive}}}
	}
	raw, err := json.Marshal(whole)
	require.NoError(t, err)
	raw, err = registry.Canonical(raw)
	require.NoError(t, err)
	return registry.Server{Name: name, Version: version, JSON: raw}
}

func snapshotOf(t *testing.T, servers ...registry.Server) registry.Snapshot {
	t.Helper()
	snapshot, _, err := registry.Build(servers, registry.Snapshot{}, time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return snapshot
}

// sample has all that the page shows: an image with secrets, packages of other
// kinds, remotes, several versions, an overview, tools with and without words.
func sample(t *testing.T) registry.Snapshot {
	variables := []fields{
		{"name": "WEATHER_TOKEN", "description": "Token of the weather service", "isRequired": true, "isSecret": true, "default": "do-not-show-this"},
		{"name": "WEATHER_UNITS", "description": "Units of all answers", "default": "metric"},
	}
	image := []fields{{
		"registryType": "oci", "identifier": "ghcr.io/acme/weather:2.1.0", "transport": fields{"type": "stdio"}, "environmentVariables": variables,
	}}
	old := entry(t, "io.github.acme/weather", "1.0.0", fields{"title": "Weather", "packages": image}, nil)
	old.Status = registry.StatusDeprecated
	withdrawn := entry(t, "io.github.acme/weather", "1.5.0", fields{"title": "Weather", "packages": image}, nil)
	withdrawn.Status = registry.StatusDeleted
	servers := []registry.Server{
		old, withdrawn,
		entry(t, "io.github.acme/weather", "2.1.0", fields{
			"title": "Weather", "description": "Forecasts for every place on earth.", "packages": image, "websiteUrl": "https://weather.example.com/docs",
			"repository": fields{"url": "https://github.com/acme/weather", "source": "github"},
		}, fields{
			"tags": []string{"weather", "data"}, "tier": "Official", "status": "Active", "tools": []string{"forecast", "history"},
			"overview": "# Weather\n\nForecasts, **fast** and with `units`.\n\n- by place\n- by [time](https://weather.example.com/time)\n\n```\nforecast(\"Rome\")\n```\n",
			"tool_definitions": []fields{
				{"name": "forecast", "description": "Tells the weather to come.", "inputSchema": fields{"properties": fields{"place": fields{"type": "string"}}, "required": []string{"place"}}},
				{"name": "history", "description": "Tells the weather that was."},
			},
		}),
		entry(t, "io.github.acme/files", "1.2.3", fields{
			"packages": []fields{{
				"registryType": "npm", "identifier": "@acme/files", "version": "1.2.3", "transport": fields{"type": "stdio"},
				"packageArguments": []fields{{"type": "positional", "valueHint": "folder", "isRequired": true}, {"type": "named", "name": "--mode", "value": "read only"}},
			}},
		}, fields{"tags": []string{"data"}, "tier": "Community", "status": "Active", "tools": []string{"read_file"}}),
		entry(t, "com.example/notes", "1.0.0", fields{
			"title": "Notes", "remotes": []fields{
				{"type": "streamable-http", "url": "https://notes.example.com/mcp", "headers": []fields{{"name": "Authorization", "value": "Bearer {token}", "isRequired": true, "isSecret": true}}},
				{"type": "sse", "url": "https://notes.example.com/sse"},
			},
		}, fields{"tags": []string{"text"}, "tier": "Community", "status": "Deprecated"}),
	}
	for i := range 60 {
		servers = append(servers, entry(t, fmt.Sprintf("org.many/server-%02d", i), "1.0.0", fields{
			"packages": []fields{{"registryType": "pypi", "identifier": fmt.Sprintf("server-%02d", i), "version": "1.0.0", "transport": fields{"type": "stdio"}}},
		}, fields{"tags": []string{fmt.Sprintf("group-%d", i%30)}, "tier": "Community", "status": "Active"}))
	}
	return snapshotOf(t, servers...)
}

// world is a server of the program with a snapshot and what the operator knows of
// it; it returns the server's address.
func world(t *testing.T, snapshot registry.Snapshot, options apiserver.Options) string {
	t.Helper()
	options.RegistryName = "team"
	server := apiserver.New(options)
	require.NoError(t, server.Load(snapshot))
	server.Describe(apiserver.Description{
		Digest: snapshot.Digest, Revision: "main@sha1:8f14", PublishedAt: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
		About: registry.About{
			DisplayName: "Our <i>team</i>",
			Sources:     []registry.SourceState{{Name: "catalogue", Type: "git", Revision: "main@sha1:8f14", Servers: 66, Rejected: 1}},
			Rejected:    []registry.RejectedEntry{{Source: "catalogue", Entry: "broken", Reason: "<b>no</b> version"}},
		},
	})
	return listen(t, server.Handler())
}

func listen(t *testing.T, handler http.Handler) string {
	t.Helper()
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	return web.URL
}

// proxy puts a reverse proxy before the server at base. It takes a prefix off the
// path, as an Ingress does, with or without the slash at its end.
func proxy(t *testing.T, prefix, base string) string {
	t.Helper()
	target, err := url.Parse(base)
	require.NoError(t, err)
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.URL.Path = "/" + strings.TrimPrefix(strings.TrimPrefix(r.In.URL.Path, prefix), "/")
		r.Out.URL.RawPath = ""
	}}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != prefix && !strings.HasPrefix(r.URL.Path, prefix+"/") {
			http.Error(w, "this is another application", http.StatusTeapot)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return web.URL
}
