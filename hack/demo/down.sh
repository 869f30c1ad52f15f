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
	run kubectl delete mcpregistries --all --namespace "$namespace" --ignore-not-found
	run kubectl delete namespace "$namespace" --ignore-not-found
	run "$helm" uninstall "$release" --namespace "$operator_namespace" --ignore-not-found
	run kubectl delete namespace "$operator_namespace" --ignore-not-found
	echo "The CustomResourceDefinition stays, because other registries may need it:"
	echo "  kubectl delete crd mcpregistries.toolhive.stacklok.dev"
fi
rm -rf "$state"
