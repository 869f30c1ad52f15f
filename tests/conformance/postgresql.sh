#!/bin/sh
# Installs Debian's PostgreSQL when it is missing and this is root. Without it
# the comparison with the official registry is skipped, nothing else.
set -eu

if ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
	exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	echo "conformance: there is no PostgreSQL in /usr/lib/postgresql, and only root on Debian can install it here;" >&2
	echo "conformance: the comparison with the official registry will be skipped" >&2
	exit 0
fi

echo "conformance: installing Debian's postgresql with apt-get; no database is made or started by that" >&2
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends "$1" >/dev/null; }
install postgresql-common || { apt-get update -qq && install postgresql-common; }
# Debian would make and start a database of its own.
mkdir -p /etc/postgresql-common/createcluster.d
no_database=/etc/postgresql-common/createcluster.d/mcp-registry-conformance.conf
echo "create_main_cluster = false" >"$no_database"
trap 'rm -f "$no_database"' EXIT
install postgresql
