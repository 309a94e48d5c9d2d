#!/usr/bin/env bash
# Deploys bootstrap, whose state lives in the bucket that it makes:
#
#   scripts/bootstrap.sh ENV
#
# First on a local file backend, then the state moves to the bucket under the KMS
# key. Safe to run again after a failure at any step: every step asks what is
# there. PULUMI_CONFIG_PASSPHRASE protects the local state until it has moved.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

[ $# -eq 1 ] || die --usage "usage: $0 ENV"
env=$1
[[ "$env" =~ ^[a-z][a-z0-9]{0,11}$ ]] ||
  die --usage "ENV is '$env'; allowed: up to 12 lower-case letters and digits, a letter first"
command -v pulumi >/dev/null ||
  die "pulumi is not installed: https://www.pulumi.com/docs/install"

project=stacks/bootstrap
state=$PWD/.pulumi-state/$env
local_backend=file://$state

# on runs pulumi in the project on a backend.
on() {
  local backend=$1
  shift
  PULUMI_BACKEND_URL=$backend pulumi -C "$project" --non-interactive "$@"
}

# deployed tells whether the stack on a backend has been deployed.
deployed() {
  local outputs
  outputs=$(on "$1" stack output --json --stack "$env" 2>/dev/null) || return 1
  [ "$outputs" != '{}' ]
}

# The bucket is known from an earlier run: the local state, or the setting that
# every other stack needs too.
bucket_backend=${PULUMI_BACKEND_URL:-}
if [ -z "$bucket_backend" ] && [ -d "$state" ] && deployed "$local_backend"; then
  bucket_backend=$(on "$local_backend" stack output stateBackendUrl --stack "$env")
fi

if [[ "$bucket_backend" == s3://* ]] && deployed "$bucket_backend"; then
  echo "bootstrap's state is in $bucket_backend: updating there"
  on "$bucket_backend" up --stack "$env" --yes
else
  export PULUMI_CONFIG_PASSPHRASE=${PULUMI_CONFIG_PASSPHRASE-}
  mkdir -p "$state"
  on "$local_backend" stack select "$env" --create --secrets-provider passphrase
  on "$local_backend" up --stack "$env" --yes
  bucket_backend=$(on "$local_backend" stack output stateBackendUrl --stack "$env")
  provider=$(on "$local_backend" stack output secretsProvider --stack "$env")
  # An earlier attempt may have left a stack without resources behind.
  if on "$bucket_backend" stack ls 2>/dev/null | grep -qE "^$env\*?( |$)"; then
    on "$bucket_backend" stack rm "$env" --yes --preserve-config
  fi
  on "$bucket_backend" stack migrate "$local_backend" "$env" --secrets-provider "$provider" --yes
fi

on "$bucket_backend" preview --stack "$env" --expect-no-changes
if [ -d "$state" ]; then
  mv "$state" "$state.moved.$(date -u +%Y%m%dT%H%M%SZ)"
fi
cat <<END

bootstrap is deployed, and its state is in $bucket_backend.
Log in there:                     pulumi login '$bucket_backend'
Commit $project/Pulumi.$env.yaml: CI needs its secretsprovider and encryptedkey.
END
