#!/usr/bin/env bash
# Deploys compute with the images chosen: make up, and patience with a stack that
# someone else holds.
#
# ENV names the environment; API_IMAGE_TAG and WORKER_IMAGE_TAG may be empty, for
# the images deployed. MESSAGE is what the stack's history says of the update
# (`deliver images choose` reads it). A locked state is retried every LOCK_INTERVAL seconds (20)
# for LOCK_PATIENCE seconds (300); Pulumi's own locks never expire, so a lock that
# outlives its process has to be removed by a person, who is told how.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

need ENV
patience=${LOCK_PATIENCE:-300}
interval=${LOCK_INTERVAL:-20}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
set -- STACK=compute "ENV=$ENV"
[ -z "${API_IMAGE_TAG:-}" ] || set -- "$@" "API_IMAGE_TAG=$API_IMAGE_TAG"
[ -z "${WORKER_IMAGE_TAG:-}" ] || set -- "$@" "WORKER_IMAGE_TAG=$WORKER_IMAGE_TAG"

[ -z "${MESSAGE:-}" ] || set -- "$@" "PULUMI_FLAGS=--message=$MESSAGE"

waited=0
# PULUMI_SKIP_CONFIRMATIONS is pulumi's own --yes.
until PULUMI_SKIP_CONFIRMATIONS=true make up "$@" 2>&1 | tee "$log"; do
  grep -q 'the stack is currently locked by' "$log" ||
    die "deploying compute to $ENV: make up failed; its output above says why"
  if [ "$waited" -ge "$patience" ]; then
    # Pulumi names each lock with who made it, where and when.
    holders=$(sed -n 's/^ *\(.*: created by .* at .*\)$/\1/p' "$log" | sort -u)
    die "the state of compute in $ENV is still locked after $waited s:
$holders
If no update is running there (look at the other runs of this workflow, and ask whoever is named), the lock is stale. Remove it, then run this again:
  pulumi cancel --yes --stack $ENV
in the root of the repository, with PULUMI_BACKEND_URL set."
  fi
  echo "the state is locked; asking again in $interval s ($waited of $patience s gone)"
  sleep "$interval"
  waited=$((waited + interval))
done
