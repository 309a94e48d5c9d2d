#!/usr/bin/env bash
# Installs, on Debian or Ubuntu as root, what tests use beside Go and git and the
# machine lacks: buildah, podman and runc for the container test, with the busybox of
# the base image that it makes where no registry can be reached; shellcheck; and a
# browser. Ubuntu has Chromium as a snap alone: there, install Chrome beforehand, as
# GitHub's runners have it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

# has tells whether one of the programs is there. runc lies in /usr/sbin, which is
# not on everyone's path.
has() {
  local name
  for name in "$@"; do
    PATH=$PATH:/usr/sbin command -v "$name" >/dev/null && return
  done
  return 1
}

missing=()
for tool in buildah podman runc shellcheck; do
  has "$tool" || missing+=("$tool")
done
has busybox || missing+=(busybox-static)
# The names that services/tests/docs looks for.
has chromium google-chrome chromium-browser || missing+=(chromium)
[ "${#missing[@]}" -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
  die "missing: ${missing[*]}; this machine has no apt-get: install them with its own package manager"
[ "$(id -u)" = 0 ] || die "missing: ${missing[*]}; run as root: sudo $0"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
