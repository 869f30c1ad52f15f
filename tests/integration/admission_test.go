package integration

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// admission is a change of a good spec.
type admission struct {
	why    string
	change func(*v1alpha1.MCPRegistry)
	want   string // "" means accepted
}

// specRefused: what can be known to be wrong is refused when it is applied,
// with a message that names the field (pitfalls 24 and 28).
func specRefused(t *testing.T, w *world) {
	ns := w.namespace(t)
	tests := map[string]admission{
		"as it is": {why: "the others differ from a good one", change: func(*v1alpha1.MCPRegistry) {}},
		"longest name": {
			why:    "its Service has the longest name that Services may have",
			change: func(r *v1alpha1.MCPRegistry) { r.Name = strings.Repeat("n", v1alpha1.MaxNameLength) },
		},
		"name too long": {
			why:    "pitfall 24: its Service could not be made",
			change: func(r *v1alpha1.MCPRegistry) { r.Name = strings.Repeat("n", v1alpha1.MaxNameLength+1) }, want: "metadata.name",
		},
		"name with a dot": {
			why:    "pitfall 24: Services have no dots in their names",
			change: func(r *v1alpha1.MCPRegistry) { r.Name = "team.one" }, want: "metadata.name",
		},
		"block missing": {
			why:    "there is nothing to read",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source.ConfigMap = nil }, want: "source.configmap is required",
		},
		"block of another type": {
			why:    "one of the two would be silently ignored",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source.Git = gitSource("https://git.example.com/a.git") }, want: "source.git may only be set",
		},
		"no source": {
			why:    "there is nothing to read",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source = v1alpha1.Source{} }, want: "exactly one of spec.source and spec.sources",
		},
		"source and sources": {
			why:    "which of them is first would be a guess",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Sources = fixture.FromSources(ns, "", "a").Spec.Sources }, want: "exactly one of spec.source and spec.sources",
		},
		"several sources": {why: "that is what they are for", change: useSources("a", "b-2")},
		"sources of the same name": {
			why:    "each has its own place in storage",
			change: useSources("a", "a"), want: "Duplicate value",
		},
		"source with a dot": {why: "it becomes a label", change: useSources("a.b"), want: "spec.sources[0].name"},
		"source that is named like a chunk": {
			why:    "its place in storage could be that of another's chunk",
			change: useSources("a-0123abcd-0"), want: "like the name of a stored chunk",
		},
		"block of one of several missing": {
			why: "there is nothing to read",
			change: func(r *v1alpha1.MCPRegistry) {
				useSources("a")(r)
				r.Spec.Sources[0].ConfigMap = nil
			}, want: "source.configmap is required",
		},
		"selector": {why: "several ConfigMaps are one source", change: selecting(map[string]string{"a": "b"})},
		"selector of everything": {
			why:    "it would take what other programs keep in ConfigMaps",
			change: selecting(nil), want: "configmap.selector must select something",
		},
		"name and selector": {
			why: "one of the two would be silently ignored",
			change: func(r *v1alpha1.MCPRegistry) {
				selecting(map[string]string{"a": "b"})(r)
				r.Spec.Source.ConfigMap.Name = "a"
			}, want: "exactly one of configmap.name and configmap.selector",
		},
		"no interval": {why: "synced on change and by hand only", change: func(r *v1alpha1.MCPRegistry) { r.Spec.SyncPolicy.Interval = "" }},
		"more than all": {
			why:    "a share is at most all",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.SyncPolicy.MaxRemovalPercent = ptr.To[int32](101) }, want: "spec.syncPolicy.maxRemovalPercent",
		},
		"unknown type": {
			why:    "a typing error is not a ConfigMap",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source.Type = "ftp" }, want: "spec.source.type",
		},
		"unknown format": {
			why:    "a typing error is not ToolHive's format",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source.Format = "xml" }, want: "spec.source.format",
		},
		"local repository": {
			why:    "pitfall 28: the operator's own files are not a source",
			change: useGit("file:///etc/passwd", nil), want: "spec.source.git.repository",
		},
		"ssh repository": {
			why:    "it cannot be read without credentials",
			change: useGit("git@github.com:acme/registry.git", nil), want: "source.git.secretRef is required",
		},
		"ssh URL without a Secret": {
			why:    "it cannot be read without credentials",
			change: useGit("ssh://github.com/acme/registry.git", nil), want: "source.git.secretRef is required",
		},
		"ssh URL with a password": {
			why: "a spec is no place for it", change: useGit("ssh://me:pass@github.com/acme/registry.git", withLogin), want: "spec.source.git.repository",
		},
		"git protocol": {
			why: "pitfall 28: nobody knows who answers", change: useGit("git://github.com/acme/registry.git", withLogin), want: "spec.source.git.repository",
		},
		"ssh with a Secret":       {why: "the short form", change: useGit("git@github.com:acme/registry.git", withLogin)},
		"ssh URL with a Secret":   {why: "the long form, with a port", change: useGit("ssh://git@github.com:443/acme/registry.git", withLogin)},
		"ssh at an IPv6 address":  {why: "it has colons of its own", change: useGit("git@[fd00::1]:acme/registry.git", withLogin)},
		"folder of a repository":  {why: "each server.json in it", change: useGit("https://git.example.com/a.git", func(g *v1alpha1.GitSource) { g.Path = "servers/" })},
		"pattern in a repository": {why: "the files that match", change: useGit("https://git.example.com/a.git", func(g *v1alpha1.GitSource) { g.Path = "**/[a-z]*.json" })},
		"branch and tag": {
			why:    "only one can be meant",
			change: useGit("https://git.example.com/a.git", func(g *v1alpha1.GitSource) { g.Branch, g.Tag = "main", "v1" }), want: "at most one of",
		},
		"short commit": {
			why:    "a short hash can become ambiguous",
			change: useGit("https://git.example.com/a.git", func(g *v1alpha1.GitSource) { g.Commit = "abc123" }), want: "spec.source.git.commit",
		},
		"path out of the repository": {
			why:    "it would read the operator's files",
			change: useGit("https://git.example.com/a.git", func(g *v1alpha1.GitSource) { g.Path = "a/../../etc/passwd" }), want: "source.git.path",
		},
		"another registry": {why: "the least that is needed", change: useAPI("https://registry.example.com")},
		"another registry's path": {
			why:    "gateways put registries below a path",
			change: useAPI("https://example.com/registry/team/v0.1"),
		},
		"endpoint missing": {
			why:    "there is nothing to read",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source = v1alpha1.Source{Type: v1alpha1.SourceTypeAPI} }, want: "source.api is required",
		},
		"endpoint of another type": {
			why:    "one of the two would be silently ignored",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source.API = &v1alpha1.APISource{Endpoint: "https://x"} }, want: "source.api may only be set",
		},
		"endpoint with a password": {
			why:    "whoever may read the object would see it",
			change: useAPI("https://me:secret@registry.example.com"), want: "spec.source.api.endpoint",
		},
		"endpoint with a query": {
			why:    "a token in it would be seen",
			change: useAPI("https://registry.example.com/?token=x"), want: "spec.source.api.endpoint",
		},
		"local endpoint": {
			why:    "pitfall 28: the operator's own files are not a source",
			change: useAPI("file:///etc/passwd"), want: "spec.source.api.endpoint",
		},
		"file without its block": {
			why:    "there is nothing to read",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source = v1alpha1.Source{Type: v1alpha1.SourceTypeHTTP} }, want: "source.http is required",
		},
		"file of another type": {
			why:    "one of the two would be silently ignored",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source.HTTP = &v1alpha1.HTTPSource{URL: "https://x"} }, want: "source.http may only be set",
		},
		"file with a login in its URL": {
			why:    "everybody who may read the registry would see it",
			change: useHTTP("https://me:secret@example.com/registry.json", ""), want: "spec.source.http.url",
		},
		"local file": {
			why:    "pitfall 28: the operator's own files are not a source",
			change: useHTTP("file:///etc/passwd", ""), want: "spec.source.http.url",
		},
		"file with half a digest": {
			why:    "it would never match",
			change: useHTTP("https://example.com/registry.json", "abc"), want: "spec.source.http.sha256",
		},
		"artifact":           {why: "the least that is needed", change: useOCI("ghcr.io/acme/mcp:v1", "")},
		"artifact by digest": {why: "with a port, a tag and a file", change: useOCI("r.example.com:5000/a/b-c_d:v1@sha256:"+strings.Repeat("a", 64), "data/registry.json")},
		"artifact missing": {
			why:    "there is nothing to read",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source = v1alpha1.Source{Type: v1alpha1.SourceTypeOCI} }, want: "source.oci is required",
		},
		"artifact beside another source": {
			why:    "one of the two would be silently ignored",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.Source.OCI = &v1alpha1.OCISource{Reference: "ghcr.io/a:v1"} }, want: "source.oci may only be set",
		},
		"artifact with a scheme":         {why: "the reference begins with the host", change: useOCI("oci://ghcr.io/a:v1", ""), want: "spec.source.oci.reference"},
		"artifact without a registry":    {why: "a default is not what somebody has read", change: useOCI("acme/mcp:v1", ""), want: "spec.source.oci.reference"},
		"artifact without a tag":         {why: "a default is not what somebody has read", change: useOCI("ghcr.io/acme/mcp", ""), want: "needs a tag or a digest"},
		"artifact without a tag at port": {why: "the colon of a port is no tag", change: useOCI("r.example.com:5000/mcp", ""), want: "needs a tag or a digest"},
		"artifact with half a digest":    {why: "it names nothing", change: useOCI("ghcr.io/a@sha256:abc", ""), want: "spec.source.oci.reference"},
		"artifact with a password":       {why: "a spec is no place for it", change: useOCI("me:secret@ghcr.io/a:v1", ""), want: "spec.source.oci.reference"},
		"artifact's file outside of it":  {why: "it is not of the artifact", change: useOCI("ghcr.io/a:v1", "../x"), want: "source.oci.path"},
		"interval too short": {
			why:    "it would be an attack on the source",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.SyncPolicy.Interval = "9s" }, want: "at least 10s",
		},
		"interval of nothing": {
			why:    "a number without a unit is not a duration",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.SyncPolicy.Interval = "60" }, want: "spec.syncPolicy.interval",
		},
		"negative replicas": {
			why:    "Kubernetes would refuse the Deployment",
			change: func(r *v1alpha1.MCPRegistry) { r.Spec.API = &v1alpha1.API{Replicas: ptr.To[int32](-1)} }, want: "spec.api.replicas",
		},
	}
	maps.Copy(tests, accessSpecs())
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r := fixture.FromConfigMap(ns, "team")
			tc.change(r)
			err := w.Client.Create(t.Context(), r, client.DryRunAll)
			if tc.want == "" {
				require.NoError(t, err, tc.why)
				return
			}
			require.ErrorContains(t, err, tc.want, tc.why)
		})
	}
}

func useSources(names ...string) func(*v1alpha1.MCPRegistry) {
	return func(r *v1alpha1.MCPRegistry) {
		r.Spec.Source, r.Spec.Sources = v1alpha1.Source{}, fixture.FromSources(r.Namespace, "", names...).Spec.Sources
	}
}

func selecting(labels map[string]string) func(*v1alpha1.MCPRegistry) {
	return func(r *v1alpha1.MCPRegistry) {
		r.Spec.Source.ConfigMap.Name, r.Spec.Source.ConfigMap.Selector = "", &metav1.LabelSelector{MatchLabels: labels}
	}
}

func withLogin(g *v1alpha1.GitSource) { g.SecretRef = &v1alpha1.LocalSecretReference{Name: "login"} }

func gitSource(repository string) *v1alpha1.GitSource {
	return &v1alpha1.GitSource{Repository: repository}
}

func useAPI(endpoint string) func(*v1alpha1.MCPRegistry) {
	return func(r *v1alpha1.MCPRegistry) { r.Spec.Source = fixture.FromAPI("", "", endpoint).Spec.Source }
}

func useGit(repository string, change func(*v1alpha1.GitSource)) func(*v1alpha1.MCPRegistry) {
	return func(r *v1alpha1.MCPRegistry) {
		r.Spec.Source = v1alpha1.Source{Type: v1alpha1.SourceTypeGit, Git: gitSource(repository)}
		if change != nil {
			change(r.Spec.Source.Git)
		}
	}
}

func useOCI(reference, path string) func(*v1alpha1.MCPRegistry) {
	return func(r *v1alpha1.MCPRegistry) {
		r.Spec.Source = fixture.FromOCI("", "", reference).Spec.Source
		r.Spec.Source.OCI.Path = path
	}
}

func useHTTP(url, sha256 string) func(*v1alpha1.MCPRegistry) {
	return func(r *v1alpha1.MCPRegistry) {
		r.Spec.Source = v1alpha1.Source{Type: v1alpha1.SourceTypeHTTP, HTTP: &v1alpha1.HTTPSource{URL: url, SHA256: sha256}}
	}
}
