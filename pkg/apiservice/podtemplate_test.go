package apiservice

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

func TestPodTemplateAllows(t *testing.T) {
	cases := map[string]struct {
		why, template string
		check         func(*testing.T, corev1.PodSpec)
	}{
		"empty": {"an empty object changes nothing", `{}`, func(t *testing.T, s corev1.PodSpec) {
			require.True(t, equality.Semantic.DeepEqual(ownTemplate(testRegistry()).Spec, s))
		}},
		"null": {"so does null", `null`, func(t *testing.T, s corev1.PodSpec) {
			require.True(t, equality.Semantic.DeepEqual(ownTemplate(testRegistry()).Spec, s))
		}},
		"sidecar": {"a sidecar comes beside our container", `{"spec":{"containers":[{"name":"proxy","image":"p"}]}}`,
			func(t *testing.T, s corev1.PodSpec) { require.Len(t, s.Containers, 2) }},
		"probe": {"a slow cluster may need other times", `{"spec":{"containers":[{"name":"registry-api","livenessProbe":{"periodSeconds":60}}]}}`,
			func(t *testing.T, s corev1.PodSpec) {
				require.EqualValues(t, 60, s.Containers[0].LivenessProbe.PeriodSeconds)
				require.Equal(t, "/health", s.Containers[0].LivenessProbe.HTTPGet.Path)
			}},
		"no user": {"a platform that assigns user ids needs ours gone", `{"spec":{"securityContext":{"runAsUser":null,"runAsGroup":null}}}`,
			func(t *testing.T, s corev1.PodSpec) {
				require.Nil(t, s.SecurityContext.RunAsUser)
				require.True(t, *s.SecurityContext.RunAsNonRoot)
			}},
		"same value": {"to repeat what is there is no override", `{"spec":{"serviceAccountName":"tools-api"}}`,
			func(t *testing.T, s corev1.PodSpec) { require.Equal(t, "tools-api", s.ServiceAccountName) }},
		"second port": {"a port beside ours is fine", `{"spec":{"containers":[{"name":"registry-api","ports":[{"name":"debug","containerPort":6060}]}]}}`,
			func(t *testing.T, s corev1.PodSpec) { require.Len(t, s.Containers[0].Ports, 3) }},
		"access log": {"it is switched on here, without a field of its own",
			`{"spec":{"containers":[{"name":"registry-api","env":[{"name":"MCP_REGISTRY_ACCESS_LOG","value":"true"}]}]}}`,
			func(t *testing.T, s corev1.PodSpec) {
				require.Contains(t, s.Containers[0].Env, corev1.EnvVar{Name: "MCP_REGISTRY_ACCESS_LOG", Value: "true"})
			}},
		"metrics elsewhere": {"a sidecar may need the port of the metrics",
			`{"spec":{"containers":[{"name":"registry-api","env":[{"name":"MCP_REGISTRY_METRICS_ADDRESS","value":":9091"}],
				"ports":[{"name":"unused","containerPort":9090},{"name":"metrics","containerPort":9091}]}]}}`,
			func(t *testing.T, s corev1.PodSpec) { require.Len(t, s.Containers[0].Ports, 3) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			objects, err := Render(withTemplate(c.template))
			require.NoError(t, err, c.why)
			c.check(t, objects.Deployment.Spec.Template.Spec)
		})
	}
}

func TestPodTemplateRefuses(t *testing.T) {
	pod := func(fields string) string { return fmt.Sprintf(`{"spec":{%s}}`, fields) }
	own := func(fields string) string {
		return pod(fmt.Sprintf(`"containers":[{"name":"registry-api",%s}]`, fields))
	}
	sidecar := func(fields string) string {
		return pod(fmt.Sprintf(`"containers":[{"name":"side","image":"s",%s}]`, fields))
	}
	const container = "spec.containers[registry-api]"
	cases := map[string]struct{ template, field string }{
		"not JSON":            {`{`, ""},
		"wrong type":          {pod(`"nodeSelector":"ssd"`), ""},
		"unknown field":       {pod(`"nodeSelecter":{}`), "spec.nodeSelecter"},
		"wrong case":          {pod(`"nodeselector":{}`), "spec.nodeselector"},
		"merge directive":     {own(`"$patch":"delete"`), "spec.containers[0].$patch"},
		"item without name":   {pod(`"containers":[{"image":"x"}]`), ""},
		"null item":           {pod(`"containers":[null]`), ""},
		"spec removed":        {`{"spec":null}`, "spec.serviceAccountName"},
		"containers removed":  {pod(`"containers":null`), container},
		"selector label":      {`{"metadata":{"labels":{"toolhive.stacklok.dev/registry":"x"}}}`, "metadata.labels[toolhive.stacklok.dev/registry]"},
		"service account":     {pod(`"serviceAccountName":"admin"`), "spec.serviceAccountName"},
		"old service account": {pod(`"serviceAccount":"admin"`), "spec.serviceAccount"},
		"no token":            {pod(`"automountServiceAccountToken":false`), "spec.automountServiceAccountToken"},
		"image":               {own(`"image":"mine"`), container + ".image"},
		"command":             {own(`"command":["sh"]`), container + ".command"},
		"args":                {own(`"args":["manager"]`), container + ".args"},
		"port renamed":        {own(`"ports":[{"containerPort":8080,"name":"web"}]`), container + ".ports"},
		"port name taken":     {own(`"ports":[{"containerPort":9090,"name":"http"}]`), container + ".ports"},
		"wiring":              {own(`"env":[{"name":"MCP_REGISTRY_NAMESPACE","value":"other"}]`), container + ".env[MCP_REGISTRY_NAMESPACE]"},
		// Pitfall 29: restricted namespaces reject a pod without the floor.
		"host network":       {pod(`"hostNetwork":true`), "spec.hostNetwork"},
		"host PID":           {pod(`"hostPID":true`), "spec.hostPID"},
		"host IPC":           {pod(`"hostIPC":true`), "spec.hostIPC"},
		"pod may be root":    {pod(`"securityContext":{"runAsNonRoot":false}`), "spec.securityContext.runAsNonRoot"},
		"pod is root":        {pod(`"securityContext":{"runAsUser":0}`), "spec.securityContext.runAsUser"},
		"floor removed":      {pod(`"securityContext":null`), "spec.securityContext.runAsNonRoot"},
		"unconfined":         {pod(`"securityContext":{"seccompProfile":{"type":"Unconfined"}}`), "spec.securityContext.seccompProfile"},
		"host path":          {pod(`"volumes":[{"name":"v","hostPath":{"path":"/"}}]`), "spec.volumes[v].hostPath"},
		"privileged":         {own(`"securityContext":{"privileged":true}`), container + ".securityContext.privileged"},
		"escalation":         {own(`"securityContext":{"allowPrivilegeEscalation":null}`), container + ".securityContext.allowPrivilegeEscalation"},
		"capability added":   {own(`"securityContext":{"capabilities":{"add":["NET_RAW"]}}`), container + ".securityContext.capabilities.add"},
		"capabilities kept":  {own(`"securityContext":{"capabilities":{"drop":[]}}`), container + ".securityContext.capabilities.drop"},
		"writable root":      {own(`"securityContext":{"readOnlyRootFilesystem":false}`), container + ".securityContext.readOnlyRootFilesystem"},
		"own unconfined":     {own(`"securityContext":{"seccompProfile":{"type":"Unconfined"}}`), container + ".securityContext.seccompProfile"},
		"privileged sidecar": {sidecar(`"securityContext":{"privileged":true}`), "spec.containers[side].securityContext.privileged"},
		"root sidecar":       {sidecar(`"securityContext":{"runAsUser":0}`), "spec.containers[side].securityContext.runAsUser"},
		"host port":          {sidecar(`"ports":[{"containerPort":1,"hostPort":1}]`), "spec.containers[side].ports"},
		"privileged init": {pod(`"initContainers":[{"name":"i","image":"x","securityContext":{"privileged":true}}]`),
			"spec.initContainers[i].securityContext.privileged"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Render(withTemplate(c.template))
			var refused *TemplateError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.field, refused.Field)
			require.NotEmpty(t, refused.Remedy, "the message names the next step")
			require.ErrorContains(t, err, "spec.podTemplateSpec")
		})
	}
}

func FuzzPodTemplate(f *testing.F) {
	f.Add(`{"spec":{"containers":[{"name":"registry-api","env":[{"name":"A","value":"b"}]}]}}`)
	f.Add(`{"spec":{"securityContext":{"runAsUser":null},"volumes":[{"name":"v","emptyDir":null}]}}`)
	f.Add(`{"metadata":null,"spec":{"containers":[null,{}],"tolerations":[null]}}`)
	f.Fuzz(func(t *testing.T, template string) {
		objects, err := Render(withTemplate(template))
		if err != nil {
			return
		}
		pod := objects.Deployment.Spec.Template.Spec
		require.True(t, *pod.SecurityContext.RunAsNonRoot)
		require.Equal(t, "tools-api", pod.ServiceAccountName)
		for _, container := range pod.Containers {
			if container.Name == "registry-api" {
				require.Equal(t, testRegistry().Image, container.Image)
				require.False(t, *container.SecurityContext.AllowPrivilegeEscalation)
			}
		}
	})
}
