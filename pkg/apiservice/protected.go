package apiservice

import (
	"cmp"
	"fmt"

	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/utils/ptr"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// A rule names a field of the merged template and whether it is as it has to be.
// All rules look at the result of the merge, so that removing a field with null
// counts like setting it.
type rule struct {
	field  string
	ok     bool
	remedy string
}

const (
	remedyWiring   = "remove it: the operator sets it"
	remedySecurity = "remove it: the pod has to satisfy the restricted Pod Security Standard"
)

// checkProtected returns a [*TemplateError] for the first protected field of own
// that merged has lost, and for rights that no container of the pod may have: who
// may write a registry gets no more out of the operator than an ordinary pod.
func checkProtected(own, merged corev1.PodTemplateSpec) error {
	rules := append(podRules(own, merged), floorRules(merged.Spec)...)
	rules = append(rules, containerRules(own.Spec.Containers[0], merged.Spec.Containers)...)
	for _, r := range rules {
		if !r.ok {
			return &TemplateError{Field: r.field, Problem: "cannot be changed to this value", Remedy: r.remedy}
		}
	}
	return nil
}

func podRules(own, merged corev1.PodTemplateSpec) []rule {
	want, got := own.Spec, merged.Spec
	account := cmp.Or(got.DeprecatedServiceAccount, want.ServiceAccountName)
	rules := []rule{
		{"spec.serviceAccountName", got.ServiceAccountName == want.ServiceAccountName, remedyWiring},
		{"spec.serviceAccount", account == want.ServiceAccountName, remedyWiring},
		{"spec.automountServiceAccountToken", ptr.Equal(got.AutomountServiceAccountToken, want.AutomountServiceAccountToken), remedyWiring},
	}
	rules = append(rules, volumeRules(want.Volumes, got.Volumes)...)
	for _, label := range []string{v1alpha1.LabelComponent, v1alpha1.LabelManagedBy, v1alpha1.LabelRegistry} {
		ok := merged.Labels[label] == own.Labels[label]
		rules = append(rules, rule{fmt.Sprintf("metadata.labels[%s]", label), ok, remedyWiring})
	}
	return rules
}

// floorRules are the rules for the pod and every container of it.
func floorRules(pod corev1.PodSpec) []rule {
	security := ptr.Deref(pod.SecurityContext, corev1.PodSecurityContext{})
	const at = "spec.securityContext."
	rules := []rule{
		{"spec.hostNetwork", !pod.HostNetwork, remedySecurity},
		{"spec.hostPID", !pod.HostPID, remedySecurity},
		{"spec.hostIPC", !pod.HostIPC, remedySecurity},
		{at + "runAsNonRoot", ptr.Deref(security.RunAsNonRoot, false), remedySecurity},
		{at + "runAsUser", ptr.Deref(security.RunAsUser, nonRoot) != 0, remedySecurity},
		{at + "seccompProfile", security.SeccompProfile != nil && confined(security.SeccompProfile), remedySecurity},
		{at + "windowsOptions", security.WindowsOptions == nil, remedySecurity},
	}
	for _, volume := range pod.Volumes {
		rules = append(rules, rule{fmt.Sprintf("spec.volumes[%s].hostPath", volume.Name), volume.HostPath == nil, remedySecurity})
	}
	for _, container := range pod.InitContainers {
		rules = append(rules, containerFloor("spec.initContainers", container)...)
	}
	for _, container := range pod.Containers {
		rules = append(rules, containerFloor("spec.containers", container)...)
	}
	return rules
}

func containerFloor(list string, container corev1.Container) []rule {
	field := fmt.Sprintf("%s[%s]", list, container.Name)
	security := ptr.Deref(container.SecurityContext, corev1.SecurityContext{})
	capabilities := ptr.Deref(security.Capabilities, corev1.Capabilities{})
	at := field + ".securityContext."
	hostPort := slices.ContainsFunc(container.Ports, func(p corev1.ContainerPort) bool { return p.HostPort != 0 })
	return []rule{
		{at + "privileged", !ptr.Deref(security.Privileged, false), remedySecurity},
		{at + "allowPrivilegeEscalation", !ptr.Deref(security.AllowPrivilegeEscalation, false), remedySecurity},
		{at + "runAsNonRoot", ptr.Deref(security.RunAsNonRoot, true), remedySecurity},
		{at + "runAsUser", ptr.Deref(security.RunAsUser, nonRoot) != 0, remedySecurity},
		{at + "capabilities.add", len(capabilities.Add) == 0, remedySecurity},
		{at + "seccompProfile", confined(security.SeccompProfile), remedySecurity},
		{at + "procMount", ptr.Deref(security.ProcMount, corev1.DefaultProcMount) == corev1.DefaultProcMount, remedySecurity},
		{at + "windowsOptions", security.WindowsOptions == nil, remedySecurity},
		{field + ".ports", !hostPort, remedySecurity},
	}
}

// containerRules are the rules for the API service's own container.
func containerRules(want corev1.Container, containers []corev1.Container) []rule {
	field := fmt.Sprintf("spec.containers[%s]", want.Name)
	i := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == want.Name })
	if i < 0 {
		return []rule{{field, false, "keep the operator's container"}}
	}
	got := containers[i]
	security := ptr.Deref(got.SecurityContext, corev1.SecurityContext{})
	capabilities := ptr.Deref(security.Capabilities, corev1.Capabilities{})
	at := field + ".securityContext."
	rules := []rule{
		{field + ".image", got.Image == want.Image, "remove it: the API service always has the operator's image"},
		{field + ".command", len(got.Command) == 0, remedyWiring},
		{field + ".args", slices.Equal(got.Args, want.Args), remedyWiring},
		{field + ".ports", samePort(got.Ports, want.Ports[0]), fmt.Sprintf("leave port %d and the name %q alone", v1alpha1.APIPort, portName)},
		{at + "allowPrivilegeEscalation", !ptr.Deref(security.AllowPrivilegeEscalation, true), remedySecurity},
		{at + "readOnlyRootFilesystem", ptr.Deref(security.ReadOnlyRootFilesystem, false), "remove it: mount an emptyDir where a file has to be written"},
		{at + "capabilities.drop", slices.Contains(capabilities.Drop, "ALL"), remedySecurity},
	}
	rules = append(rules, mountRules(field, want.VolumeMounts, got.VolumeMounts)...)
	for _, env := range want.Env {
		if slices.Contains(proxyNames, env.Name) {
			continue // a registry may have a way out of its own
		}
		kept := slices.ContainsFunc(got.Env, func(e corev1.EnvVar) bool { return equality.Semantic.DeepEqual(e, env) })
		rules = append(rules, rule{fmt.Sprintf("%s.env[%s]", field, env.Name), kept, remedyWiring})
	}
	return rules
}

// samePort: want is there, and no other port took its name or number.
func samePort(ports []corev1.ContainerPort, want corev1.ContainerPort) bool {
	alike := 0
	for _, port := range ports {
		if port.Name == want.Name || port.ContainerPort == want.ContainerPort {
			alike++
		}
	}
	return alike == 1 && slices.Contains(ports, want)
}

func confined(profile *corev1.SeccompProfile) bool {
	return profile == nil || profile.Type != corev1.SeccompProfileTypeUnconfined
}
