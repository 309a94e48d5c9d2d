#!/usr/bin/env bash
# Installs, on Debian or Ubuntu as root, what the container test and the checks of
# shell need and the machine lacks: buildah, podman, runc, shellcheck, and the busybox
# of the base image that the test makes where no registry can be reached.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

missing=()
for tool in buildah podman runc shellcheck; do
  # runc lies in /usr/sbin, which is not on everyone's path.
  PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || missing+=("$tool")
done
command -v busybox >/dev/null || missing+=(busybox-static)
[ "${#missing[@]}" -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
  die "missing: ${missing[*]}; this machine has no apt-get: install them with its own package manager"
[ "$(id -u)" = 0 ] || die "missing: ${missing[*]}; run as root: sudo $0"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
