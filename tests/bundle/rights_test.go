package bundle

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

// rights are single permissions, as "group/resource[/name] verb".
type rights map[string]bool

func (r rights) add(rule rbacv1.PolicyRule) {
	names := rule.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, name := range names {
				for _, verb := range rule.Verbs {
					r[group+" | "+resource+" | "+name+" | "+verb] = true
				}
			}
		}
	}
}

func (r rights) sorted() []string { return slices.Sorted(maps.Keys(r)) }

// TestRightsAreTheSameEverywhere: what the markers in the code ask for is what the
// chart and the bundle grant, and nothing beside it but the lock of the leader.
func TestRightsAreTheSameEverywhere(t *testing.T) {
	markers := markedRights(t)
	require.NotEmpty(t, markers)
	lock := rights{}
	for _, right := range []string{
		"coordination.k8s.io | leases |  | create",
		"coordination.k8s.io | leases | mcp-registry-operator-lock | get",
		"coordination.k8s.io | leases | mcp-registry-operator-lock | update",
		" | events |  | create",
		" | events |  | patch",
	} {
		lock[right] = true
	}
	want := maps.Clone(markers)
	maps.Copy(want, lock)

	c := readCSV(t)
	bundled := rights{}
	for _, p := range c.Spec.Install.Spec.Permissions {
		require.Equal(t, "mcp-registry-operator", p.Account)
		for _, rule := range p.Rules {
			bundled.add(rule)
		}
	}
	require.Equal(t, want.sorted(), bundled.sorted(), "the bundle's rights are not those of the markers and the lock: make generate")
	require.Empty(t, c.Spec.Install.Spec.ClusterPermissions, "OLM would grant these in the whole cluster in every install mode")

	for name, namespaces := range map[string][]any{"cluster-wide": {}, "one namespace": {"team"}} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, want.sorted(), chartRights(t, namespaces).sorted(), "the chart's rights are not those of the markers and the lock")
		})
	}
}

var marker = regexp.MustCompile(`(?m)^//\s*\+kubebuilder:rbac:(.+)$`)

// markedRights reads the markers in the controllers' source.
func markedRights(t *testing.T) rights {
	t.Helper()
	found := rights{}
	err := filepath.WalkDir(filepath.Join(root, "controllers"), func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		if entry.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, match := range marker.FindAllStringSubmatch(string(text), -1) {
			found.add(parseMarker(t, match[1]))
		}
		return nil
	})
	require.NoError(t, err)
	return found
}

func parseMarker(t *testing.T, text string) rbacv1.PolicyRule {
	t.Helper()
	var rule rbacv1.PolicyRule
	for field := range strings.SplitSeq(text, ",") {
		key, value, found := strings.Cut(field, "=")
		require.True(t, found, "marker %q", text)
		values := strings.Split(strings.Trim(value, `"`), ";")
		switch key {
		case "groups":
			rule.APIGroups = values
		case "resources":
			rule.Resources = values
		case "verbs":
			rule.Verbs = values
		case "resourceNames":
			rule.ResourceNames = values
		default:
			require.Fail(t, "unknown part of a marker", "%q in %q", key, text)
		}
	}
	return rule
}

// chartRights are those of all roles that the chart binds to the operator, with
// the election that the bundle has.
func chartRights(t *testing.T, namespaces []any) rights {
	t.Helper()
	version, err := chartutil.ParseKubeVersion("v1.37.2")
	require.NoError(t, err)
	loaded, err := loader.Load(filepath.Join(root, "charts", "mcp-registry-operator"))
	require.NoError(t, err)
	install := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	install.DryRun, install.ClientOnly, install.KubeVersion = true, true, version
	install.ReleaseName, install.Namespace = "mcp-registry-operator", "mcp-registry-system"
	release, err := install.Run(loaded, map[string]any{
		"watchNamespaces": namespaces, "leaderElection": map[string]any{"mode": "lease"},
	})
	require.NoError(t, err)
	found := rights{}
	for document := range strings.SplitSeq(release.Manifest, "\n---\n") {
		var role rbacv1.ClusterRole // a Role has the same fields
		require.NoError(t, yaml.Unmarshal([]byte(document), &role))
		if role.Kind == "Role" || role.Kind == "ClusterRole" {
			for _, rule := range role.Rules {
				found.add(rule)
			}
		}
	}
	return found
}
