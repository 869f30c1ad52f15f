package apiservice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	strictjson "sigs.k8s.io/json"
)

// TemplateError says why a podTemplateSpec cannot be used. A person has to change it.
type TemplateError struct {
	// Field is the path inside the podTemplateSpec, empty if it is not known.
	Field string
	// Problem says what is wrong with the field, and Remedy what to do.
	Problem, Remedy string
}

// Error implements error.
func (e *TemplateError) Error() string {
	where := "spec.podTemplateSpec"
	if e.Field != "" {
		where += "." + e.Field
	}
	return fmt.Sprintf("%s %s; %s", where, e.Problem, e.Remedy)
}

// podTemplate merges the user's template over ours as kubectl would: lists of
// named things (containers, volumes, env) by name, other lists as a whole.
func podTemplate(r Registry) (corev1.PodTemplateSpec, error) {
	own := ownTemplate(r)
	if r.PodTemplate == nil {
		return own, nil
	}
	patch := bytes.TrimSpace(r.PodTemplate.Raw)
	if len(patch) == 0 || bytes.Equal(patch, []byte("null")) {
		return own, nil
	}
	if err := checkStrictly(patch); err != nil {
		return corev1.PodTemplateSpec{}, err
	}
	merged, err := mergeTemplate(own, patch)
	if err != nil {
		return corev1.PodTemplateSpec{}, err
	}
	if err := checkProtected(own, merged); err != nil {
		return corev1.PodTemplateSpec{}, err
	}
	return merged, nil
}

// checkStrictly refuses what a pod template does not have. This also refuses the
// directives of a strategic merge ("$patch: delete"), which have no use here.
func checkStrictly(patch []byte) error {
	const remedy = "see the PodTemplateSpec of the Kubernetes API"
	strict, err := strictjson.UnmarshalStrict(patch, &corev1.PodTemplateSpec{})
	if err != nil {
		return &TemplateError{Problem: "is not a pod template: " + err.Error(), Remedy: remedy}
	}
	if len(strict) == 0 {
		return nil
	}
	first := strict[0].Error()
	if field, unknown := strings.CutPrefix(first, "unknown field "); unknown {
		return &TemplateError{Field: strings.Trim(field, `"`), Problem: "is an unknown field", Remedy: "remove it or correct its name"}
	}
	return &TemplateError{Problem: "is not a pod template: " + first, Remedy: remedy}
}

func mergeTemplate(own corev1.PodTemplateSpec, patch []byte) (merged corev1.PodTemplateSpec, err error) {
	original, err := json.Marshal(own)
	if err != nil {
		return merged, fmt.Errorf("encode the pod template: %w", err)
	}
	result, err := strategicpatch.StrategicMergePatch(original, patch, corev1.PodTemplateSpec{})
	if err != nil {
		return merged, &TemplateError{
			Problem: "cannot be merged: " + err.Error(),
			Remedy:  "give every item of a list its name (mountPath for volumeMounts, containerPort for ports)",
		}
	}
	if err := json.Unmarshal(result, &merged); err != nil {
		return merged, fmt.Errorf("decode the merged pod template: %w", err)
	}
	return merged, nil
}
