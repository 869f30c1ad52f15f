package registry

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
)

// What is wrong with one source of several names that one, as an only source's
// fault names spec.source. Admission refuses most of it, but not for objects that
// are older than its rules.
func TestWrongSourceIsNamed(t *testing.T) {
	tests := map[string]struct {
		source v1alpha1.Source
		want   string // behind the field
	}{
		"type":      {v1alpha1.Source{Type: "ftp"}, `.type "ftp" is not one of`},
		"no block":  {v1alpha1.Source{Type: v1alpha1.SourceTypeGit}, `.git is required when %.type is "git"`},
		"configmap": {v1alpha1.Source{ConfigMap: &v1alpha1.ConfigMapSource{}}, ".configmap: exactly one of name and selector"},
		"selector": {
			v1alpha1.Source{ConfigMap: &v1alpha1.ConfigMapSource{Selector: &metav1.LabelSelector{}}},
			".configmap: selector must select something",
		},
		"git":  {v1alpha1.Source{Type: v1alpha1.SourceTypeGit, Git: &v1alpha1.GitSource{Repository: "file:///etc"}}, ".git: "},
		"http": {v1alpha1.Source{Type: v1alpha1.SourceTypeHTTP, HTTP: &v1alpha1.HTTPSource{URL: "file:///etc"}}, ".http: "},
		"api":  {v1alpha1.Source{Type: v1alpha1.SourceTypeAPI, API: &v1alpha1.APISource{Endpoint: "file:///etc"}}, ".api: "},
		"oci":  {v1alpha1.Source{Type: v1alpha1.SourceTypeOCI, OCI: &v1alpha1.OCISource{Reference: "me:secret@ghcr.io/a:v1"}}, ".oci: "},
	}
	policy := egress.Policy{}
	from := Fetchers{HTTP: policy.Client(), Egress: policy, MaxBytes: 1 << 20}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			only := v1alpha1.MCPRegistrySpec{Source: tc.source}
			_, err := translateSources("ns", only, from)
			require.ErrorContains(t, err, "spec.source"+strings.ReplaceAll(tc.want, "%", "spec.source"))

			several := v1alpha1.MCPRegistrySpec{Sources: []v1alpha1.NamedSource{
				{Name: "good", Source: v1alpha1.Source{ConfigMap: &v1alpha1.ConfigMapSource{Name: "a"}}},
				{Name: "bad", Source: tc.source},
			}}
			_, err = translateSources("ns", several, from)
			require.ErrorContains(t, err, "spec.sources[bad]"+strings.ReplaceAll(tc.want, "%", "spec.sources[bad]"))
			require.NotContains(t, err.Error(), "spec.source.")
		})
	}
}

func TestWrongFilterOfASourceIsNamed(t *testing.T) {
	_, err := translateSources("ns", v1alpha1.MCPRegistrySpec{Sources: []v1alpha1.NamedSource{{
		Name: "bad", Source: v1alpha1.Source{ConfigMap: &v1alpha1.ConfigMapSource{Name: "a"}},
		Filter: &v1alpha1.Filter{Names: &v1alpha1.Patterns{Exclude: []string{"["}}},
	}}}, Fetchers{})
	require.ErrorContains(t, err, "spec.sources[bad].filter.names.exclude")
}
