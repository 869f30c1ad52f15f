package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// leastPrivilege: no wildcards, nothing that leads to more rights, Secrets by name
// only, and nothing beyond the namespaces of the OperatorGroup.
func leastPrivilege(_ context.Context, b bundle, log io.Writer) ([]string, error) {
	var faults []string
	for _, p := range b.Spec.Install.Spec.ClusterPermissions {
		faults = append(faults, fmt.Sprintf("%s has %d rules for the whole cluster in every install mode", p.Account, len(p.Rules)))
	}
	rules := 0
	for _, p := range b.Spec.Install.Spec.Permissions {
		for _, rule := range p.Rules {
			rules++
			faults = append(faults, excess(rule)...)
		}
	}
	if rules == 0 {
		faults = append(faults, "the bundle asks for no rights at all, so that the operator cannot work")
	}
	_, _ = fmt.Fprintf(log, "%d rules\n", rules)
	return faults, nil
}

func excess(rule rbacv1.PolicyRule) []string {
	var faults []string
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for _, list := range [][]string{rule.APIGroups, rule.Resources, rule.Verbs} {
		if slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, "*") }) {
			say("a rule has a wildcard: %+v", rule)
		}
	}
	for _, verb := range []string{"escalate", "bind", "impersonate", "deletecollection"} {
		if slices.Contains(rule.Verbs, verb) {
			say("a rule has the verb %q: %+v", verb, rule)
		}
	}
	if slices.Contains(rule.Resources, "secrets") && !slices.Equal(rule.Verbs, []string{"get"}) {
		say("Secrets may be read by name and no more: %+v", rule)
	}
	for _, resource := range []string{"pods", "pods/exec", "nodes", "clusterroles", "clusterrolebindings", "customresourcedefinitions"} {
		if slices.Contains(rule.Resources, resource) {
			say("the operator has nothing to do with %s: %+v", resource, rule)
		}
	}
	return faults
}

var digest = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)

// relatedImages: who mirrors images into a closed network needs all of them, and
// a tag could come to mean another image later.
func relatedImages(_ context.Context, b bundle, log io.Writer) ([]string, error) {
	related := map[string]bool{}
	var faults []string
	for _, r := range b.Spec.RelatedImages {
		related[r.Image] = true
		if !digest.MatchString(r.Image) {
			faults = append(faults, fmt.Sprintf("related image %q has no digest", r.Image))
		}
	}
	used := b.images()
	for _, image := range used {
		if !related[image] {
			faults = append(faults, fmt.Sprintf("image %q is used, but not among the related images", image))
		}
	}
	if len(used) == 0 {
		faults = append(faults, "the bundle runs no image")
	}
	_, _ = fmt.Fprintf(log, "used: %s\n", strings.Join(used, ", "))
	return faults, nil
}

// images are those of all containers, and those that variables name.
func (b bundle) images() []string {
	var images []string
	for _, d := range b.Spec.Install.Spec.Deployments {
		pod := d.Spec.Template.Spec
		for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
			images = append(images, c.Image)
			for _, e := range c.Env {
				if strings.HasSuffix(e.Name, "_IMAGE") && e.Value != "" {
					images = append(images, e.Value)
				}
			}
		}
	}
	slices.Sort(images)
	return slices.Compact(images)
}
