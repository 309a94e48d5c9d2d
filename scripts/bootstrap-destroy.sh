#!/usr/bin/env bash
# Destroys bootstrap, the reverse of scripts/bootstrap.sh:
#
#   scripts/bootstrap-destroy.sh ENV [pulumi flags]
#
# A stack cannot destroy the bucket that its own state is in: saving what it did
# fails. So the state moves back to a local file first, under
# PULUMI_CONFIG_PASSPHRASE. Safe to run again after a failure at any step.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

[ $# -ge 1 ] || die --usage "usage: $0 ENV [pulumi flags]"
env=$1
shift
. scripts/bootstrap.bash

# A local state with resources is what an earlier attempt went on with: the bucket
# may still hold the state from before it.
if [ -d "$state" ] && deployed "$local_backend"; then
  echo "going on with the local state in $state"
elif [[ "$bucket_backend" == s3://* ]] && deployed "$bucket_backend"; then
  [ "$(on "$bucket_backend" config get protectState --stack "$env")" = false ] ||
    die "the state bucket and the key are protected. To destroy them, and the state of every stack with them: pulumi -C $project config set --stack $env protectState false, then run this again"
  for layer in . stacks/data-config; do
    stacks=$(PULUMI_BACKEND_URL=$bucket_backend pulumi -C "$layer" stack ls --json) ||
      die "whether bootstrap is still in use cannot be told: pulumi -C $layer stack ls failed"
    if grep -q '"resourceCount": *[1-9]' <<<"$stacks"; then
      die "bootstrap is still in use by the state of other stacks (pulumi -C $layer stack ls): destroy compute first, then data-config, in every environment"
    fi
  done
  # What is protected, and what may go with all it holds, is part of the state.
  on "$bucket_backend" --non-interactive up --stack "$env" --yes
  mkdir -p "$state"
  move "$bucket_backend" "$local_backend" passphrase
elif [ ! -d "$state" ]; then
  deployed "$bucket_backend" ||
    die "bootstrap of $env is not deployed, or pulumi is not logged in to its bucket: pulumi login 's3://<bucket>?region=<region>'"
  # State that is not in its own bucket has nowhere to move.
  on "$bucket_backend" destroy --stack "$env" "$@"
  exit
fi

on "$local_backend" destroy --stack "$env" "$@"
on "$local_backend" --non-interactive stack rm "$env" --yes --preserve-config
archive destroyed
echo "bootstrap of $env is destroyed; the key can be brought back for 30 days (aws kms cancel-key-deletion)"
