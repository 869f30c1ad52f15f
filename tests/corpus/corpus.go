// Package corpus invents registries of any size for tests and benchmarks. They
// are shaped like the public registry: 1.3 KB a record, 3.6 versions a name,
// texts of real words that differ between names and hardly between versions,
// and hashes that no compressor can shrink. The same size gives the same bytes.
package corpus

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// Noon is when a corpus was published.
var Noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

var (
	owners     = strings.Fields("acme borealis cobalt dune ember fjord granite harbour indigo juniper krill lumen meadow nimbus orchard pebble quartz raven saffron tundra umber velvet willow xenon yarrow zephyr")
	things     = strings.Fields("calendar weather database search browser files mail payments invoices tickets images maps music translation notes metrics logs secrets containers clusters queues documents spreadsheets contacts inventory shipping rockets telescopes gardens recipes")
	verbs      = strings.Fields("reads writes lists searches summarises converts schedules monitors archives compares exports imports plans draws measures translates")
	manners    = strings.Fields("quickly safely daily locally remotely carefully incrementally reliably privately anonymously")
	hosts      = []string{"io.github.", "com.", "dev.", "org."}
	registries = []string{"npm", "pypi", "oci", "nuget"}
)

// versions are how many each name has, in turn.
var versions = [...]int{1, 6, 2, 5, 3, 4, 1, 6, 3, 5}

// Servers invents n server versions, in the order of a snapshot or not.
func Servers(n int) []registry.Server {
	random := rand.New(rand.NewPCG(7, uint64(n)))
	servers := make([]registry.Server, 0, n)
	for name := 0; len(servers) < n; name++ {
		template := newTemplate(random, name)
		for v := range versions[name%len(versions)] {
			if len(servers) == n {
				break
			}
			servers = append(servers, template.version(random, v))
		}
	}
	return servers
}

// Snapshot invents a registry of n server versions.
func Snapshot(tb testing.TB, n int) registry.Snapshot {
	tb.Helper()
	snapshot, _, err := registry.Build(Servers(n), registry.Snapshot{}, Noon)
	require.NoError(tb, err)
	return snapshot
}

// template is what the versions of one name have in common.
type template struct {
	name, title, description, slug string
	kind                           int
}

func newTemplate(random *rand.Rand, number int) template {
	pick := func(words []string) string { return words[random.IntN(len(words))] }
	owner, thing := pick(owners), pick(things)
	slug := fmt.Sprintf("%s-%s-%d", thing, pick(things), number)
	return template{
		name:        hosts[random.IntN(len(hosts))] + owner + "/" + slug,
		title:       strings.ToUpper(thing[:1]) + thing[1:] + " of " + owner + " " + strconv.Itoa(number),
		description: fmt.Sprintf("%s %s %s and %s %s, made for %s.", strings.ToUpper(thing[:1])+thing[1:], pick(verbs), pick(things), pick(verbs), pick(manners), pick(things)),
		slug:        slug,
		kind:        random.IntN(5),
	}
}

func (t template) version(random *rand.Rand, v int) registry.Server {
	version := fmt.Sprintf("%d.%d.%d", v/3, v%3+1, random.IntN(10))
	version += []string{"", "", "", "", "", "-beta"}[v]
	server := map[string]any{
		"$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
		"name":    t.name, "title": t.title, "description": t.description, "version": version,
		"repository": map[string]any{"url": "https://github.com/" + strings.TrimPrefix(t.name, "io.github."), "source": "github", "id": strconv.FormatUint(random.Uint64(), 10)},
		"websiteUrl": "https://" + t.slug + ".example.com/",
	}
	if t.kind > 0 {
		server["packages"] = []any{t.aPackage(random, version)}
	}
	if t.kind == 0 || t.kind == 4 {
		server["remotes"] = []any{map[string]any{
			"type": "streamable-http", "url": "https://" + t.slug + ".example.com/mcp",
			"headers": []any{map[string]any{"name": "Authorization", "description": "Bearer token of the account", "isRequired": true, "isSecret": true}},
		}}
		server["_meta"] = map[string]any{"io.modelcontextprotocol.registry/publisher-provided": map[string]any{
			"io.github.stacklok": map[string]any{"https://" + t.slug + ".example.com/mcp": map[string]any{
				"tags": []string{things[t.kind*3], owners[len(t.slug)%len(owners)]}, "tier": "Community", "status": "Active",
			}}}}
	}
	raw, err := json.Marshal(server)
	if err != nil {
		panic(err) // maps of texts
	}
	canonical, err := registry.Canonical(raw)
	if err != nil {
		panic(err)
	}
	return registry.Server{Name: t.name, Version: version, JSON: canonical}
}

func (t template) aPackage(random *rand.Rand, version string) map[string]any {
	variables := make([]any, 0, 3)
	for i := range 3 {
		variables = append(variables, map[string]any{
			"name":        strings.ToUpper(strings.ReplaceAll(t.slug, "-", "_")) + []string{"_TOKEN", "_URL", "_TIMEOUT"}[i],
			"description": "The " + []string{"token that the service asks for", "address of the service", "seconds to wait for an answer"}[i],
			"isRequired":  i < 2, "isSecret": i == 0, "format": "string",
		})
	}
	return map[string]any{
		"registryType": registries[t.kind-1], "identifier": "@" + t.slug + "/server", "version": version,
		"fileSha256":           fmt.Sprintf("%016x%016x%016x%016x", random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64()),
		"transport":            map[string]any{"type": "stdio"},
		"runtimeArguments":     []any{map[string]any{"type": "named", "name": "--log-level", "value": "warning", "description": "Least level that is logged"}},
		"environmentVariables": variables,
	}
}
