package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCommittedBundle: the tests that need no cluster pass with the bundle as it is.
func TestCommittedBundle(t *testing.T) {
	for name := range tests {
		if name == "sample-serves" || name == "registry-upgraded" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r := run(t.Context(), name, "../../bundle")
			require.Equal(t, "pass", r.State, "%v", r.Errors)
		})
	}
	b, err := readBundle("../../bundle")
	require.NoError(t, err)
	sample, err := b.sample()
	require.NoError(t, err)
	require.NotEmpty(t, sample.Spec.Source.ConfigMap.Key)
}

func TestLeastPrivilege(t *testing.T) {
	for name, test := range map[string]struct {
		why, install, want string
	}{
		"wildcard":      {"a wildcard grows with every new resource", `{"permissions":[{"rules":[{"apiGroups":[""],"resources":["*"],"verbs":["get"]}]}]}`, "wildcard"},
		"list Secrets":  {"who may list them may read them all", `{"permissions":[{"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["get","list"]}]}]}`, "Secrets"},
		"escalate":      {"that is every right", `{"permissions":[{"rules":[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["escalate"]}]}]}`, "escalate"},
		"whole cluster": {"OLM would not hold it to the OperatorGroup", `{"permissions":[{"rules":[{"apiGroups":[""],"resources":["services"],"verbs":["get"]}]}],"clusterPermissions":[{"serviceAccountName":"x"}]}`, "whole cluster"},
		"nothing":       {"a bundle that lost its rights is no better", `{}`, "no rights"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(test.why)
			var b bundle
			require.NoError(t, json.Unmarshal([]byte(`{"spec":{"install":{"spec":`+test.install+`}}}`), &b))
			faults, err := leastPrivilege(t.Context(), b, io.Discard)
			require.NoError(t, err)
			require.Len(t, faults, 1)
			require.Contains(t, faults[0], test.want)
		})
	}
}

func TestRelatedImages(t *testing.T) {
	const pinned = "example.org/op@sha256:0000000000000000000000000000000000000000000000000000000000000001"
	deployment := `"install":{"spec":{"deployments":[{"spec":{"template":{"spec":{"containers":[{"image":"IMAGE","env":[{"name":"X_IMAGE","value":"OTHER"}]}]}}}}]}}`
	for name, test := range map[string]struct {
		why, related, image, other string
		faults                     int
	}{
		"all named":       {"as it has to be", pinned, pinned, pinned, 0},
		"a tag":           {"it may come to mean another image", "example.org/op:v1", "example.org/op:v1", "example.org/op:v1", 1},
		"in the variable": {"a mirror would lack the API services' image", pinned, pinned, "example.org/api:v1", 1},
		"none used":       {"no operator is no operator", pinned, "", "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(test.why)
			text := strings.NewReplacer(`"IMAGE"`, `"`+test.image+`"`, "OTHER", test.other).Replace(deployment)
			if test.image == "" {
				text = `"install":{}`
			}
			var b bundle
			require.NoError(t, json.Unmarshal([]byte(`{"spec":{`+text+`,"relatedImages":[{"image":"`+test.related+`"}]}}`), &b))
			faults, err := relatedImages(t.Context(), b, io.Discard)
			require.NoError(t, err)
			require.Len(t, faults, test.faults, "%v", faults)
		})
	}
}
