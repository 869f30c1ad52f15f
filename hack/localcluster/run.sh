#!/bin/sh
# Builds the cluster's programs when their sources changed, then runs the
# command with them. See README.md.
set -eu

if [ "$(uname -s)" != Linux ]; then
	echo "localcluster: it needs Linux; set KUBECONFIG to use any other cluster instead" >&2
	exit 1
fi

here=$(cd "$(dirname "$0")" && pwd)
export LOCALCLUSTER_HOME="${LOCALCLUSTER_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/mcp-registry-operator/localcluster}"
kubernetes=$(sed -n 's/.*k8s.io\/kubernetes v//p' "$here/go.mod")

# The folder's name is a hash of all sources and the compiler's version.
key=$( (cd "$here" && go version && find go.mod go.sum cmd internal -type f ! -name '*_test.go' | LC_ALL=C sort | xargs cat) | sha256sum | cut -c1-16)
bin="$LOCALCLUSTER_HOME/bin/$key"

build() {
	echo "building Kubernetes v$kubernetes, etcd and CoreDNS (about 7 minutes the first time, seconds later)" >&2
	partial="$bin.partial"
	mkdir -p "$partial"
	version=k8s.io/component-base/version
	(cd "$here" && CGO_ENABLED=0 go build -v -o "$partial/" -ldflags "-s -w \
		-X $version.gitVersion=v$kubernetes -X $version.gitMajor=$(echo "$kubernetes" | cut -d. -f1) \
		-X $version.gitMinor=$(echo "$kubernetes" | cut -d. -f2) -X $version.gitTreeState=clean" ./cmd/...) \
		>"$partial/build.log" 2>&1 &
	compiler=$!
	trap 'kill $compiler 2>/dev/null || true' INT TERM
	waited=0
	while kill -0 "$compiler" 2>/dev/null; do
		sleep 1
		waited=$((waited + 1))
		if [ $((waited % 10)) -eq 0 ]; then
			echo "  ${waited} s: $(wc -l <"$partial/build.log") packages compiled, now $(tail -n 1 "$partial/build.log")" >&2
		fi
	done
	if ! wait "$compiler"; then
		echo "localcluster: the build failed:" >&2
		tail -n 40 "$partial/build.log" >&2
		exit 1
	fi
	for program in etcd kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do
		ln -sf kube "$partial/$program"
	done
	mv "$partial" "$bin"
}

if [ ! -d "$bin" ]; then
	mkdir -p "$LOCALCLUSTER_HOME/bin"
	# Two callers at once must not build twice; the second one finds it done.
	exec 9>"$LOCALCLUSTER_HOME/bin/build.lock"
	flock 9
	[ -d "$bin" ] || build
	exec 9>&-
fi
# build is for callers that want the minutes spent where somebody can see it.
[ "${1:-}" != build ] || exit 0
exec "$bin/localcluster" "$@"
