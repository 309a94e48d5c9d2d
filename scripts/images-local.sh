#!/usr/bin/env bash
# Builds images for this machine, tagged ingest-<service>:dev:
#
#   scripts/images-local.sh api worker local
#
# IMAGE_BUILDER names the builder: docker, podman or buildah; without it the first
# of them that is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

[ $# -gt 0 ] || die --usage "usage: $0 SERVICE…"

builder=${IMAGE_BUILDER:-}
if [ -z "$builder" ]; then
  for candidate in docker podman buildah; do
    if command -v "$candidate" >/dev/null; then
      builder=$candidate
      break
    fi
  done
fi
case $builder in
  docker) build=(docker build) ;;
  # OCI's image format has no health check; and they do not know the builder's own
  # platform where the Dockerfile names it.
  podman | buildah) build=("$builder" build --format docker --build-arg "BUILDPLATFORM=linux/$(go env GOHOSTARCH)") ;;
  '') die "no builder of images found: install docker, podman or buildah" ;;
  *) die --usage "IMAGE_BUILDER is '$builder'; allowed: docker, podman, buildah" ;;
esac

for service in "$@"; do
  listed=$(scripts/image-args.sh "$service")
  args=()
  while IFS= read -r line; do
    args+=(--build-arg "$line")
  done <<<"$listed"
  "${build[@]}" "${args[@]}" --tag "ingest-$service:dev" services
  echo "built ingest-$service:dev"
done
