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
. scripts/bootstrap.bash

if [[ "$bucket_backend" == s3://* ]] && deployed "$bucket_backend"; then
  echo "bootstrap's state is in $bucket_backend: updating there"
  on "$bucket_backend" --non-interactive up --stack "$env" --yes
else
  # A second copy of what is there already would fail half-way.
  if [ ! -d "$state" ] && grep -q '^secretsprovider: awskms:' "$settings" 2>/dev/null; then
    die "$settings says that bootstrap's state has moved to its bucket, but pulumi is not logged in there: pulumi login 's3://<bucket>?region=<region>' (the bucket is <project>-pulumi-state-<region>-<account>), then run this again. If bootstrap was destroyed since, remove the lines secretsprovider and encryptedkey"
  fi
  if [[ "$bucket_backend" == s3://* ]] && other=$(on "$bucket_backend" stack ls --json 2>/dev/null | sed -n 's/.*"name": *"\([^"]*\)".*/\1/p' | grep -vx "$env"); then
    die "bootstrap is one stack for all environments, and this account has it as $other: add $env to its environments (pulumi -C $project config set --path 'environments[1]' $env --stack $other), then make bootstrap ENV=$other"
  fi
  mkdir -p "$state"
  on "$local_backend" --non-interactive stack select "$env" --create --secrets-provider passphrase
  on "$local_backend" --non-interactive up --stack "$env" --yes || die "deploying bootstrap: pulumi up failed; its output above says why. Settings are in $settings; pulumi's own commands find the stack with PULUMI_BACKEND_URL='$local_backend'. Then run this again"
  bucket_backend=$(on "$local_backend" stack output stateBackendUrl --stack "$env")
  provider=$(on "$local_backend" stack output secretsProvider --stack "$env")
  move "$local_backend" "$bucket_backend" "$provider"
fi

on "$bucket_backend" --non-interactive preview --stack "$env" --expect-no-changes
archive moved
cat <<END

bootstrap is deployed, and its state is in $bucket_backend.
Log in there:                     pulumi login '$bucket_backend'
Commit $settings: CI needs its secretsprovider and encryptedkey.
END
