package format_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

const (
	publisher = "io.modelcontextprotocol.registry/publisher-provided"
	namespace = "io.github.stacklok"
)

func realData(tb testing.TB, name string) []byte {
	tb.Helper()
	folder := os.Getenv("MCP_REGISTRY_TEST_DATA")
	if folder == "" {
		tb.Skip("MCP_REGISTRY_TEST_DATA is not set: no real data")
	}
	data, err := os.ReadFile(filepath.Join(folder, name))
	require.NoError(tb, err)
	return data
}

func parse(t *testing.T, f format.Format, data string) registry.Catalog {
	t.Helper()
	catalog, err := format.Parse(f, []byte(data))
	require.NoError(t, err)
	return catalog
}

func namesOf(servers []registry.Server) []string {
	var all []string
	for _, s := range servers {
		all = append(all, s.Name)
	}
	return all
}

// at returns the value at path in a JSON text, decoded; nil if there is none.
func at(t *testing.T, raw json.RawMessage, path ...string) any {
	t.Helper()
	found := registry.Member(raw, path...)
	if found == nil {
		return nil
	}
	var value any
	require.NoError(t, json.Unmarshal(found, &value))
	return value
}

const files = `"image":"ghcr.io/acme/files:1","description":"Files","transport":"stdio"`

func TestToolHiveSections(t *testing.T) {
	catalog := parse(t, format.ToolHive, `{
	  "$schema": "x", "version": "1.0.0", "last_updated": "2026-01-01T00:00:00Z", "other": {"servers": {}},
	  "servers": {
	    "files": {`+files+`,"status":"Deprecated","tags":["a","b"]},
	    "io.acme/own": {`+files+`}
	  },
	  "remote_servers": {"far": {"url":"https://far.example.com/mcp","description":"Far","transport":"sse","status":"Active"}},
	  "groups": [
	    {"name":"g","description":"G","servers":{"files":{`+files+`},"more":{`+files+`,"name":"io.acme/more"}},
	     "remote_servers":{"near":{"url":"http://near.example.com","description":"Near","transport":"streamable-http"}}},
	    "no group",
	    {"servers":{"x":{}}}
	  ]}`)
	require.Equal(t, []string{
		"io.github.stacklok/files", "io.acme/own", "io.github.stacklok/far", "io.acme/more", "io.github.stacklok/near",
	}, namesOf(catalog.Servers))
	require.Equal(t, []registry.Rejection{
		{Entry: "groups/g/files", Reason: "io.github.stacklok/files@1.0.0 is already in this source; the first one is kept"},
		{Entry: "groups#2", Reason: "the group must be an object but is neither object nor list"},
		{Entry: "groups#3/x", Reason: "image is missing"},
	}, catalog.Rejected)

	first := catalog.Servers[0]
	require.Equal(t, "1.0.0", first.Version)
	require.Equal(t, []string{"a", "b"}, first.Tags)
	require.Equal(t, registry.StatusDeprecated, first.Status)
	require.Equal(t, "Files", at(t, first.JSON, "description"))
}

func TestToolHiveEntries(t *testing.T) {
	tests := map[string]struct {
		why, entry, section string
		reason              string // empty: the entry is good
	}{
		"good":             {why: "the least an entry needs", entry: `{` + files + `}`},
		"case of status":   {why: "a status in another case is understood", entry: `{` + files + `,"status":"active","tier":"community"}`},
		"unknown status":   {why: "what is not known is active", entry: `{` + files + `,"status":"Experimental"}`},
		"long description": {why: "internal catalogues exceed 100 characters", entry: `{"image":"a","transport":"sse","description":"` + strings.Repeat("x", 600) + `"}`},
		"no object":        {why: "an entry is an object", entry: `3`, reason: "the entry is not an object"},
		"null":             {why: "null is no entry", entry: `null`, reason: "the entry is not an object"},
		"no image":         {why: "nothing to run", entry: `{"description":"x","transport":"stdio"}`, reason: "image is missing"},
		"no description":   {why: "clients drop it", entry: `{"image":"a","transport":"stdio"}`, reason: "description is missing"},
		"no transport":     {why: "nothing to speak", entry: `{"image":"a","description":"x"}`, reason: "transport is missing"},
		"bad transport":    {why: "nor a made-up one", entry: `{"image":"a","description":"x","transport":"smoke"}`, reason: `transport "smoke" is not one of stdio, sse, streamable-http`},
		"bad type":         {why: "a field of the wrong type is named", entry: `{` + files + `,"tags":"db"}`, reason: "tags must not be a JSON string"},
		"bad name":         {why: "names have one form", entry: `{` + files + `,"name":"a b"}`, reason: `name "io.github.stacklok/a b" must be a namespace and a name, as in io.github.acme/files`},
		"null variable":    {why: "the converter would fall over it", entry: `{` + files + `,"env_vars":[null]}`, reason: "env_vars must not hold null"},
		"null, other case": {why: "encoding/json ignores case", entry: `{` + files + `,"ENV_VARS":[null]}`, reason: "env_vars must not hold null"},
		"NUL":              {why: "NUL ends strings elsewhere", entry: `{` + files + `,"x":"\u0000"}`, reason: "the entry cannot be used: it holds a string with a NUL character"},
		"too deep":         {why: "readers recurse", entry: `{` + files + `,"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`, reason: "the entry cannot be used: it is nested more than 64 levels deep"},
		"remote, no URL":   {why: "nowhere to go", section: "remote_servers", entry: `{"description":"x","transport":"sse"}`, reason: "url is missing"},
		"remote, stdio":    {why: "stdio does not reach that far", section: "remote_servers", entry: `{"url":"https://x","description":"x","transport":"stdio"}`, reason: `transport "stdio" is not one of sse, streamable-http`},
		"remote, file":     {why: "a remote is on the web", section: "remote_servers", entry: `{"url":"file:///etc","description":"x","transport":"sse"}`, reason: `remotes[0].url "file:///etc" must begin with https:// or http://`},
		"remote, null":     {why: "the converter would fall over it", section: "remote_servers", entry: `{"url":"https://x","description":"x","transport":"sse","headers":[null]}`, reason: "headers must not hold null"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			section := test.section
			if section == "" {
				section = "servers"
			}
			catalog := parse(t, format.ToolHive, fmt.Sprintf(`{%q:{"entry":%s}}`, section, test.entry))
			if test.reason == "" {
				require.Empty(t, catalog.Rejected, test.why)
				require.Len(t, catalog.Servers, 1)
				require.Equal(t, registry.StatusActive, catalog.Servers[0].Status)
				return
			}
			require.Empty(t, catalog.Servers)
			require.Equal(t, []registry.Rejection{{Entry: "entry", Reason: test.reason}}, catalog.Rejected, test.why)
		})
	}
}

func TestToolHiveCarriesWhatTheConverterLoses(t *testing.T) {
	catalog := parse(t, format.ToolHive, `{
	  "servers":{"a":{`+files+`,"target_port":8080,"new":{"deep":[1.0,12345678901234567890]},"metadata":{"stars":1,"pulls":2},
	    "env_vars":[{"name":"K","description":"k","required":true,"hint":"<b>&"}],"status":""}},
	  "remote_servers":{"b":{"url":"https://b.example.com/?x=1&y=2","description":"B","transport":"sse",
	    "headers":[{"name":"H","description":"h","required":false,"pattern":"^x$"}]}}}`)
	require.Empty(t, catalog.Rejected)
	image := registry.Member(catalog.Servers[0].JSON, "_meta", publisher, namespace, "ghcr.io/acme/files:1")
	require.JSONEq(t, `{"status":"active","target_port":8080,"new":{"deep":[1.0,12345678901234567890]},
	  "metadata":{"stars":1,"pulls":2},"env_vars":[{"name":"K","description":"k","required":true,"hint":"<b>&"}]}`, string(image))
	require.Contains(t, string(image), `[1.0,12345678901234567890]`, "numbers keep their digits")
	require.Contains(t, string(image), `<b>&`, "and text its characters")
	remote := registry.Member(catalog.Servers[1].JSON, "_meta", publisher, namespace, "https://b.example.com/?x=1&y=2")
	require.JSONEq(t, `{"status":"active","headers":[{"name":"H","description":"h","required":false,"pattern":"^x$"}]}`, string(remote))
}

// The fixture breaks ToolHive's schema only by the case of tier and status.
func TestToolHiveIsLiberalInCase(t *testing.T) {
	catalog := parse(t, format.ToolHive, string(realData(t, "invalid-registry.json")))
	require.Len(t, catalog.Servers, 2)
	require.Empty(t, catalog.Rejected)
}

// Every leaf of every real entry must be where a reader of server.json looks.
func TestToolHiveLosesNothing(t *testing.T) {
	data := realData(t, "toolhive-registry.json")
	catalog := parse(t, format.ToolHive, string(data))
	require.Len(t, catalog.Servers, 68+19)
	require.Empty(t, catalog.Rejected)
	byName := map[string]registry.Server{}
	for _, s := range catalog.Servers {
		byName[s.Name] = s
	}
	var file map[string]map[string]map[string]any
	var all map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &all))
	file = map[string]map[string]map[string]any{}
	for _, section := range []string{"servers", "remote_servers"} {
		entries := map[string]map[string]any{}
		require.NoError(t, json.Unmarshal(all[section], &entries))
		file[section] = entries
	}
	for section, entries := range file {
		for key, entry := range entries {
			converted, found := byName["io.github.stacklok/"+key]
			require.True(t, found, "name: the key in ToolHive's namespace")
			requireAll(t, section, entry, converted)
		}
	}
}

func requireAll(t *testing.T, section string, entry map[string]any, s registry.Server) {
	t.Helper()
	var server map[string]any
	require.NoError(t, json.Unmarshal(s.JSON, &server))
	address, list := "image", "packages"
	if section == "remote_servers" {
		address, list = "url", "remotes"
	}
	place := server[list].([]any)[0].(map[string]any)
	transport := place
	if section == "servers" {
		transport = place["transport"].(map[string]any)
	}
	extension, _ := at(t, s.JSON, "_meta", publisher, namespace, entry[address].(string)).(map[string]any)
	for field, value := range entry {
		switch {
		case field == "description" || field == "title":
			require.Equal(t, value, server[field], s.Name)
		case field == "repository_url":
			require.Equal(t, value, server["repository"].(map[string]any)["url"], s.Name)
		case field == "image":
			require.Equal(t, value, place["identifier"], s.Name)
		case field == "url":
			require.Equal(t, value, place["url"], s.Name)
		case field == "transport":
			require.Equal(t, value, transport["type"], s.Name)
		case field == "target_port" && entry["transport"] != "stdio":
			require.Equal(t, fmt.Sprintf("http://localhost:%v", value), transport["url"], s.Name)
		case field == "env_vars" && section == "servers":
			requireVariables(t, value.([]any), place["environmentVariables"].([]any))
		default:
			require.Equal(t, value, extension[field], "%s: %s", s.Name, field)
		}
	}
	if status, stated := entry["status"].(string); stated {
		require.Equal(t, strings.ToLower(status), string(s.Status))
	}
}

// requireVariables allows the one exception: false and "" are left out, which
// in server.json means the same.
func requireVariables(t *testing.T, want, got []any) {
	t.Helper()
	require.Len(t, got, len(want))
	fields := map[string]string{"required": "isRequired", "secret": "isSecret"}
	for i := range want {
		for field, value := range want[i].(map[string]any) {
			if renamed, ok := fields[field]; ok {
				field = renamed
			}
			if found, present := got[i].(map[string]any)[field]; present || !slices.Contains([]any{false, ""}, value) {
				require.Equal(t, value, found, field)
			}
		}
	}
}
