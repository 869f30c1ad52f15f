#!/usr/bin/env bash
# Shows the operator at work: install, two registries, a change of each source.
#
# Without KUBECONFIG it uses the local cluster of hack/localcluster. With it:
#   IMAGE      an image of the operator that the cluster can pull (make image builds one)
#   DEMO_HOST  an address of this machine that the cluster's Pods reach; without
#              it the part with a Git repository is left out
set -euo pipefail
# shellcheck source=hack/demo/lib.sh
. "$(dirname "$0")/lib.sh"
here="$root/hack/demo"
mkdir -p "$state"

start_cluster() {
	if [ -n "$foreign" ]; then
		[ -n "${IMAGE:-}" ] || die "KUBECONFIG is set: also set IMAGE to an image of the operator that this cluster can pull"
		say "Using the cluster of KUBECONFIG=$foreign"
		host=${DEMO_HOST:-}
		return
	fi
	say "Starting a local cluster (the first time it is compiled, which takes minutes)"
	"$cluster" up
	eval "$("$cluster" env)"
	host=$LOCALCLUSTER_ADDRESS
}

# build_image names the image after its content: a change is rolled out.
build_image() {
	[ -z "$foreign" ] || return 0
	say "Building the operator's image and loading it into the node"
	make --no-print-directory -C "$root" build >/dev/null
	IMAGE="localhost/mcp-registry-operator:demo-$(sha256sum "$root/bin/mcp-registry-operator" | cut -c1-12)"
	make --no-print-directory -C "$root" image IMAGE="$IMAGE"
	"$cluster" load-image "$root/dist/image.tar"
}

# start_git serves a repository over HTTPS with a certificate made for the demo.
start_git() {
	[ -n "$host" ] || return 0
	say "Serving a Git repository over HTTPS at $host"
	stop_process gitserver
	rm -rf "$state/git" "$state/clone" "$state/tls"
	git init --quiet --bare --initial-branch=main "$state/git/town.git"
	git clone --quiet "$state/git/town.git" "$state/clone" 2>/dev/null
	commit_git "$here/registry.json" "Add the servers of the town"
	go build -o "$state/gitserver" "$root/tests/gitserver/cmd/gitserver"
	# It stays when this script ends, because the registry goes on looking at it.
	setsid "$state/gitserver" --listen "$host:$git_port" --dir "$state/git" --tls-dir "$state/tls" --host "$host" \
		>"$state/gitserver.log" 2>&1 </dev/null &
	echo $! >"$state/gitserver.pid"
	wait_until "the Git server" test -s "$state/tls/ca.crt"
}

commit_git() {
	cp "$1" "$state/clone/registry.json"
	git -C "$state/clone" add registry.json
	git -C "$state/clone" -c user.name=demo -c user.email=demo@example.com commit --quiet --message "$2"
	git -C "$state/clone" push --quiet origin HEAD:main
}

# make_namespace makes a namespace that demo-down may delete. One that somebody
# else made is left alone.
make_namespace() {
	local mine
	mine=$(kubectl get namespace "$1" --ignore-not-found --output="jsonpath={.metadata.name}:{.metadata.labels['mcp-registry-demo']}")
	case "$mine" in
	"$1:true") ;;
	"") kubectl create namespace "$1" && kubectl label namespace "$1" "$label" >/dev/null ;;
	*) die "the cluster has a namespace $1 that the demo did not make" ;;
	esac
}

install_operator() {
	say "Installing the operator with Helm"
	make_namespace "$operator_namespace"
	local values=(--set "image.registry=,image.repository=${IMAGE%:*},image.tag=${IMAGE##*:}")
	if [ -n "$host" ]; then
		# The operator trusts the demo's certificate authority through a mounted file.
		kubectl --namespace "$operator_namespace" create secret generic demo-ca --from-file=ca.crt="$state/tls/ca.crt" \
			--dry-run=client --output=yaml | kubectl apply --filename=- >/dev/null
		values+=(--values "$here/values.yaml" --set "podAnnotations.demo-ca=$(sha256sum "$state/tls/ca.crt" | cut -c1-12)")
	fi
	# An earlier release on our own cluster may have left its definition behind.
	[ -n "$foreign" ] || values+=(--take-ownership)
	run "$helm" upgrade --install "$release" "$chart" --namespace "$operator_namespace" "${values[@]}" \
		--hide-notes --wait --timeout 3m
}

create_registries() {
	say "Creating the registries"
	make_namespace "$namespace"
	apply_servers "$here/registry.json"
	run kubectl apply --filename "$here/harbour.yaml"
	if [ -n "$host" ]; then
		sed "s|@GIT_URL@|https://$host:$git_port/town.git|" "$here/town.yaml" >"$state/town.yaml"
		run kubectl apply --filename "$state/town.yaml"
	fi
	run kubectl wait --for=condition=Ready --timeout=2m --namespace "$namespace" mcpregistries --all
	run kubectl get mcpregistries --namespace "$namespace" --output=wide
}

apply_servers() {
	kubectl create configmap harbour-servers --namespace "$namespace" --from-file=registry.json="$1" \
		--dry-run=client --output=yaml | kubectl apply --filename=-
}

# api REGISTRY PATH asks a registry's API: on our own node by the Service's
# address, elsewhere through a port-forward.
api() {
	local service="$1-api" address port pid answer
	if [ -z "$foreign" ]; then
		address=$(kubectl get service "$service" --namespace "$namespace" --output=jsonpath='{.spec.clusterIP}')
		curl --silent --show-error --fail --max-time 5 "http://$address:8080$2"
		return
	fi
	port=$((20000 + RANDOM % 20000))
	kubectl port-forward --namespace "$namespace" "service/$service" "$port:8080" >/dev/null 2>&1 &
	pid=$!
	answer=$(curl --silent --fail --retry 20 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port$2") || answer=""
	kill "$pid"
	[ -n "$answer" ] && echo "$answer"
}

show() {
	echo "GET $2 of registry $1:"
	api "$1" "$2" | grep -o '"description":"[^"]*","name":"[^"]*"' | sed 's/"description":"\(.*\)","name":"\(.*\)"/  \2  \1/'
}

answers() { api "$1" /readiness >/dev/null 2>&1; }

# changed REGISTRY TEXT is true when the text is served.
changed() { api "$1" "/v0.1/servers?limit=100" 2>/dev/null | grep -q "$2"; }

wait_until() {
	local what=$1 tries=0
	shift
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || die "$what: not within a minute"
		sleep 0.2
	done
}

change_sources() {
	say "Editing the ConfigMap: the registry is synced at once"
	sed 's/Tide times and heights/Tide times, heights and moon phases/' "$here/registry.json" >"$state/edited.json"
	apply_servers "$state/edited.json"
	wait_until "the edited ConfigMap" changed harbour "moon phases"
	show harbour "/v0.1/servers?search=tide"
	[ -n "$host" ] || return 0
	say "Pushing a commit: the repository is looked at every 10 seconds"
	commit_git "$state/edited.json" "Show the moon"
	wait_until "the new commit" changed town "moon phases"
	show town "/v0.1/servers?search=tide"
}

goodbye() {
	say "That is all. The cluster keeps running:"
	[ -n "$foreign" ] || echo "  eval \"\$(hack/localcluster/run.sh env)\"          # kubectl for this shell"
	cat <<-EOF
		  kubectl get mcpregistries -n $namespace -o wide
		  kubectl describe mcpregistry harbour -n $namespace
		  kubectl annotate mcpregistry harbour -n $namespace --overwrite toolhive.stacklok.dev/sync-trigger="\$(date)"
		  kubectl logs -n $operator_namespace deployment/$release
		  make demo-down                                   # remove everything
	EOF
}

host=""
git_port=${DEMO_GIT_PORT:-18443}
start_cluster
build_image
start_git
install_operator
create_registries
say "Asking the API"
# A node learns of a new Service about a second after its Pods are ready.
wait_until "an answer of the API" answers harbour
show harbour "/v0.1/servers?limit=100"
change_sources
goodbye
