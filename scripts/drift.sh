#!/usr/bin/env bash
# Compares one stack with what is really there, and writes what it found:
#
#   scripts/drift.sh STACK DIRECTORY
#
# DIRECTORY/STACK.status is then clean, drift or failed, and STACK.md what pulumi
# said. A preview writes no state and takes no lock. Drift is a finding, not a
# failure: the exit status is 0.
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

status=failed verdict="the comparison failed"
if make preview STACK="$stack" ENV="$ENV" \
  PULUMI_FLAGS="--refresh --expect-no-changes --diff --suppress-progress" 2>&1 | tee "$log"; then
  status=clean verdict="as deployed"
elif grep -q 'no changes were expected' "$log"; then
  status=drift verdict="differs from what is deployed"
fi
echo "$status" >"$directory/$stack.status"
section "$stack" "$verdict" "$log" >"$directory/$stack.md"
note "\`$stack\`: $verdict"
[ "$status" != failed ] || die "comparing $stack in $ENV: make preview failed; its output above says why"
