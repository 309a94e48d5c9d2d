#!/usr/bin/env bash
# Previews one stack for a pull request and writes its part of the comment:
#
#   scripts/preview.sh STACK DIRECTORY
#
# Without image tags `make preview` passes the deployed images on, so the diff
# shows what the pull request changes and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash
. scripts/report.bash

[ $# -eq 2 ] || die --usage "usage: $0 STACK DIRECTORY"
need ENV
stack=$1 directory=$2
mkdir -p "$directory"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if make preview STACK="$stack" ENV="$ENV" PULUMI_FLAGS="--diff --suppress-progress" 2>&1 | tee "$log"; then
  section "$stack" "previewed" "$log" >"$directory/$stack.md"
else
  section "$stack" "the preview failed" "$log" >"$directory/$stack.md"
  die "previewing $stack in $ENV: make preview failed; its output above says why"
fi
