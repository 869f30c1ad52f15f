#!/usr/bin/env bash
# Removes what demo.sh made. The registries go first, while the operator runs.
set -euo pipefail
# shellcheck source=hack/demo/lib.sh
. "$(dirname "$0")/lib.sh"

stop_process gitserver
if [ -z "$foreign" ]; then
	say "Taking the local cluster down"
	run "$cluster" down
else
	say "Removing the demo from the cluster of KUBECONFIG"
	made=$(kubectl get namespaces --selector="$label" --output=name)
	if [ -n "$made" ]; then
		run kubectl delete mcpregistries --all --namespace "$namespace" --ignore-not-found
		run "$helm" uninstall "$release" --namespace "$operator_namespace" --ignore-not-found
		run kubectl delete namespaces --selector="$label"
	fi
	echo "The CustomResourceDefinition stays, because other registries may need it:"
	echo "  kubectl delete crd mcpregistries.toolhive.stacklok.dev"
fi
rm -rf "$state"
