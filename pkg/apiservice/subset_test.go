package apiservice

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSubset(t *testing.T) {
	cases := map[string]struct {
		why, desired, actual string
		want                 bool
	}{
		"equal":       {"nothing to do", `{"a":1}`, `{"a":1}`, true},
		"default":     {"Kubernetes adds defaults", `{"a":1}`, `{"a":1,"b":2}`, true},
		"missing":     {"a removed field is a difference", `{"a":1}`, `{}`, false},
		"changed":     {"so is another value", `{"a":{"b":1}}`, `{"a":{"b":2}}`, false},
		"other type":  {"a map is no string", `{"a":{}}`, `{"a":"x"}`, false},
		"emptied map": {"emptyDir: {} was replaced by another kind of volume", `{"emptyDir":{}}`, `{"hostPath":{}}`, false},
		"sidecar":     {"a webhook's sidecar stays", `{"containers":[{"name":"a"}]}`, `{"containers":[{"name":"x"},{"name":"a"}]}`, true},
		"container":   {"ours is found by its name", `{"containers":[{"name":"a","image":"1"}]}`, `{"containers":[{"name":"x"},{"name":"a","image":"2"}]}`, false},
		"env":         {"an injected variable stays", `{"env":[{"name":"A"}]}`, `{"env":[{"name":"A"},{"name":"B"}]}`, true},
		"container port": {"the protocol has a default", `{"ports":[{"containerPort":1}]}`,
			`{"ports":[{"containerPort":1,"protocol":"TCP"},{"containerPort":2,"protocol":"TCP"}]}`, true},
		"service port": {"a service's ports have another key", `{"ports":[{"port":1,"protocol":"TCP"}]}`, `{"ports":[{"port":1,"protocol":"UDP"}]}`, false},
		"args":         {"other lists are compared as a whole", `{"args":["a"]}`, `{"args":["a","b"]}`, false},
		"order":        {"in order", `{"args":["a","b"]}`, `{"args":["b","a"]}`, false},
		"rules":        {"one more rule in a Role is one right too many", `{"rules":[{"verbs":["get"]}]}`, `{"rules":[{"verbs":["get"]},{"verbs":["*"]}]}`, false},
		"subjects":     {"items with a name are not always extensible", `{"subjects":[{"name":"a"}]}`, `{"subjects":[{"name":"a"},{"name":"b"}]}`, false},
		"default inside": {"items of an atomic list get defaults too", `{"sources":[{"token":{"path":"t"}}]}`,
			`{"sources":[{"token":{"path":"t","expirationSeconds":3600}}]}`, true},
		"pitfall 22": {"the annotation of a rollout restart stays", `{"annotations":{"a":"1"}}`,
			`{"annotations":{"a":"1","kubectl.kubernetes.io/restartedAt":"now"}}`, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var desired, actual any
			require.NoError(t, json.Unmarshal([]byte(c.desired), &desired))
			require.NoError(t, json.Unmarshal([]byte(c.actual), &actual))
			require.Equal(t, c.want, subset(desired, actual), c.why)
		})
	}
}
