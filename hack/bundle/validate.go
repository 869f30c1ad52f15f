package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
)

// newestKube is the Kubernetes that no API of the bundle may be removed in.
const newestKube = "1.37"

// finding is one line of a validator.
type finding struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// validators are the optional ones of operator-sdk but two: operatorhub only says
// that it is replaced by operatorhubv2, capabilities and categories, and multiarch
// pulls the image with a container engine, which needs a release.
const validators = "name in (operatorhubv2,capabilities,categories,community,alpha-deprecated-apis,good-practices)"

// validate runs the validators. operator-sdk passes bundles with warnings; here
// they are errors.
func validate(ctx context.Context, sdk, bundle string) error {
	command := exec.CommandContext(ctx, sdk, "bundle", "validate", bundle, "--output", "json-alpha1",
		"--select-optional", validators, "--optional-values", "k8s-version="+newestKube)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	var result struct {
		Passed  bool      `json:"passed"`
		Outputs []finding `json:"outputs"`
	}
	if decode := json.Unmarshal(out, &result); decode != nil {
		return fmt.Errorf("operator-sdk bundle validate %q: %w: %w: %s", bundle, err, decode, complaint.Bytes())
	}
	var lines []string
	for _, f := range result.Outputs {
		lines = append(lines, f.Type+": "+f.Message)
	}
	if err != nil || !result.Passed || len(lines) > 0 {
		return fmt.Errorf("bundle %q does not pass all validators:\n%s", bundle, strings.Join(lines, "\n"))
	}
	return nil
}
