# Shared by demo.sh and down.sh: names, and what belongs to the demo.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
state="$root/.cache/demo"
cluster="$root/hack/localcluster/run.sh"
chart="$root/charts/mcp-registry-operator"
release=mcp-registry-operator
operator_namespace=mcp-registry-system
namespace=demo
# The label of the namespaces that the demo made.
label=mcp-registry-demo=true
helm=${HELM:?run make demo or make demo-down, which build Helm}
# The cluster of KUBECONFIG, if the caller names one, is not ours to start and stop.
foreign=${KUBECONFIG:-}

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
	printf '\033[2m$ %s\033[0m\n' "$*"
	"$@"
}
die() {
	echo "demo: $*" >&2
	exit 1
}

# stop_process NAME ends the process that the demo started under this name, and
# only that: a number alone may belong to somebody else by now.
stop_process() {
	local file="$state/$1.pid" pid
	[ -f "$file" ] || return 0
	pid=$(cat "$file")
	if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -- "$state"; then
		kill "$pid" || true
	fi
	rm -f "$file"
}
