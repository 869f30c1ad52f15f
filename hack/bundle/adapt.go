package main

import "fmt"

// targetNamespaces is where OLM tells a Pod the namespaces of its OperatorGroup:
// nothing for all, or a list with commas, which is what the flag wants.
const targetNamespaces = "metadata.annotations['olm.targetNamespaces']"

const watchVariable = "MCP_REGISTRY_WATCH_NAMESPACES"

// adapt lets OLM say where the operator works, in place of the chart's value, and
// takes away what is Helm's.
func adapt(objects []object) error {
	adapted := 0
	for _, o := range objects {
		trimLabels(o)
		if o["kind"] != "Deployment" {
			continue
		}
		trimLabels(at(o, "spec", "template"))
		containers, _ := at(o, "spec", "template", "spec", "containers").([]any)
		for _, container := range containers {
			variables, _ := at(container, "env").([]any)
			for _, item := range variables {
				variable, _ := item.(object)
				if variable["name"] != watchVariable {
					continue
				}
				delete(variable, "value")
				variable["valueFrom"] = object{"fieldRef": object{"fieldPath": targetNamespaces}}
				adapted++
			}
		}
	}
	if adapted != 1 {
		return fmt.Errorf("the chart sets %s in %d places, and the bundle replaces exactly one", watchVariable, adapted)
	}
	return nil
}

func trimLabels(o any) {
	if labels, ok := at(o, "metadata", "labels").(object); ok {
		delete(labels, "helm.sh/chart")
		delete(labels, "app.kubernetes.io/managed-by")
	}
}
