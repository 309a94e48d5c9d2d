#!/usr/bin/env bash
# Prints the build arguments of one image, one NAME=value a line:
#
#   scripts/image-args.sh api
#
# All of them come from the last commit that touched what the image is made of,
# so a commit that touches nothing of it leaves its digest as it was.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

[ $# -eq 1 ] || die --usage "usage: $0 SERVICE"
service=$1

[ "$(git rev-parse --is-shallow-repository)" = false ] ||
  die "this clone is shallow, so the last commit that touched $service cannot be told: fetch the history (git fetch --unshallow; fetch-depth: 0 in actions/checkout)"

listed=$(scripts/image-inputs.sh "$service")
inputs=()
while IFS= read -r path; do inputs+=("$path"); done <<<"$listed"

revision=$(git log -1 --format=%H -- "${inputs[@]}")
[ -n "$revision" ] || die "no commit touches what the image of $service is made of: commit it first"
# The form of a Go pseudo-version: ordered by time, and it names the commit.
version=v0.0.0-$(TZ=UTC0 git log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S "$revision")-${revision:0:12}
if [ -n "$(git status --porcelain -- "${inputs[@]}")" ]; then
  version=$version+dirty
  revision=$revision-dirty
fi

echo "SERVICE=$service"
echo "VERSION=$version"
echo "REVISION=$revision"
echo "SOURCE_DATE_EPOCH=$(git log -1 --format=%ct "${revision%-dirty}")"
