#!/bin/sh
# Installs the clients that test/e2e drives, and nothing else. Run it again at any time: it is quick when all is there.
#
#   test/install.sh
#
# Needs root or sudo for Debian packages, and Go. Everything that is not a Debian package goes below
# ${HOLDFAST_TEST_CACHE:-$HOME/.cache/holdfast-test}:
#
#   bin/mc          MinIO's client
#   venv/bin/...    aws, and python with boto3
#
# The test harness looks there first and in PATH afterwards.
set -eu

cache=${HOLDFAST_TEST_CACHE:-$HOME/.cache/holdfast-test}

# Debian packages: rclone and restic are clients under test; the others carry what is installed below.
packages="rclone restic python3 python3-venv ca-certificates"

# Pinned, so that a test that fails today failed yesterday. Change them together with the tests.
mc=github.com/minio/mc@v0.0.0-20250313080218-cf909e1063a9
python_packages="awscli==1.46.3 boto3==1.44.5"

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -n "$@"
	else
		echo "test/install.sh: $* needs root; run as root or install sudo" >&2
		exit 1
	fi
}

install_packages() {
	missing=
	for package in $packages; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
		[ "$status" = installed ] || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	export DEBIAN_FRONTEND=noninteractive
	as_root apt-get update -q
	# shellcheck disable=SC2086 # one word per package
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

install_mc() {
	stamp=$cache/bin/.mc-version
	[ -x "$cache/bin/mc" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$mc" ] && return 0
	mkdir -p "$cache/bin"
	# Outside of this module, whose go.mod must not hear of it.
	(cd "$cache" && GOBIN=$cache/bin GOFLAGS= go install "$mc")
	echo "$mc" >"$stamp"
}

install_python() {
	stamp=$cache/venv/.packages
	[ -x "$cache/venv/bin/aws" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$python_packages" ] && return 0
	mkdir -p "$cache"
	/usr/bin/python3 -m venv --clear "$cache/venv"
	# shellcheck disable=SC2086 # one word per package
	"$cache/venv/bin/pip" install --quiet --disable-pip-version-check $python_packages
	echo "$python_packages" >"$stamp"
}

install_packages
install_mc
install_python

"$cache/bin/mc" --version | head -n 1
"$cache/venv/bin/aws" --version
"$cache/venv/bin/python" -c 'import boto3; print("boto3", boto3.__version__)'
rclone version | head -n 1
restic version
