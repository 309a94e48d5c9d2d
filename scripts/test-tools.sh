#!/usr/bin/env bash
# Installs, on Debian or Ubuntu as root, the programs that tests use in addition to Go
# and git, where they are missing: buildah, podman and runc for the container test, with
# the busybox of the base image that it makes where no registry can be reached,
# and shellcheck and a browser. Ubuntu has Chromium only as a snap: install Chrome first
# there; GitHub's runners have it.
set -euo pipefail

# has reports whether one of the programs is installed. runc is in /usr/sbin, which is
# not on every user's path.
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

die() {
  echo "error: missing: ${missing[*]}; $1" >&2
  exit 1
}
command -v apt-get >/dev/null || die "this machine has no apt-get: install them with its own package manager"
[ "$(id -u)" = 0 ] || die "run as root: sudo $0"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
