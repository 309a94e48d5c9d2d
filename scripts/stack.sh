#!/usr/bin/env bash
# One stack, by its layer and environment; thin over pulumi:
#
#   scripts/stack.sh preview|up|refresh|destroy|outputs|init STACK ENV [pulumi flags]
#
# What it adds to pulumi: compute keeps the images that are deployed unless an
# image is named (API_IMAGE_TAG, WORKER_IMAGE_TAG, or a key in Pulumi.<ENV>.yaml),
# layers are destroyed from the top, and a new stack gets the KMS secrets provider.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

[ $# -ge 3 ] || die --usage "usage: $0 preview|up|refresh|destroy|outputs|init STACK ENV [pulumi flags]"
command=$1 stack=$2 env=$3
shift 3

# folder prints where a layer's Pulumi.yaml is.
folder() {
  case $1 in
    compute) echo . ;;
    data-config | bootstrap) echo "stacks/$1" ;;
    *) die --usage "STACK is '$1'; allowed: compute, data-config, bootstrap" ;;
  esac
}
directory=$(folder "$stack")
[[ "$env" =~ ^[a-z][a-z0-9]{0,11}$ ]] ||
  die --usage "ENV is '$env'; allowed: up to 12 lower-case letters and digits, a letter first"
command -v pulumi >/dev/null ||
  die "pulumi is not installed: https://www.pulumi.com/docs/install"

# deployed tells whether a layer has been deployed in this environment.
deployed() {
  local outputs
  outputs=$(pulumi -C "$(folder "$1")" stack output --json --stack "$env" 2>/dev/null) || return 1
  [ "$outputs" != '{}' ]
}

settings="$directory/Pulumi.$env.yaml"

# with_images sets config to a copy of compute's settings that name the images: the
# tags that were asked for, or those deployed. A copy, since pulumi writes what it
# is given with --config into the file itself.
with_images() {
  local service tag image
  # pulumi tells a file's format by its name.
  config=$(mktemp -d)/Pulumi.$env.yaml
  trap 'rm -rf "${config%/*}"' EXIT
  if [ -f "$settings" ]; then cp "$settings" "$config"; else : >"$config"; fi
  for service in api worker; do
    if [ "$service" = api ]; then tag=${API_IMAGE_TAG:-}; else tag=${WORKER_IMAGE_TAG:-}; fi
    if [ -n "$tag" ]; then
      set_image "${service}ImageTag" "$tag"
    elif ! grep -qE "^ *ingest-compute:(${service}Image|${service}ImageTag|buildImages):" "$config" &&
      image=$(pulumi stack output "${service}Image" --stack "$env" 2>/dev/null); then
      set_image "${service}Image" "$image"
    fi
  done
}

set_image() {
  pulumi config set --config-file "$config" --stack "$env" --plaintext "ingest-compute:$1" "$2"
}

case $command in
  preview | up)
    if [ "$stack" = compute ]; then
      with_images
      set -- --config-file "$config" "$@"
    fi
    status=0
    pulumi -C "$directory" "$command" --stack "$env" "$@" || status=$?
    # Of a stack that is not there pulumi says only that it is unknown.
    if [ "$status" -ne 0 ] && [ "$stack" = compute ] && ! deployed data-config; then
      die "compute needs data-config of the same environment: deploy it first (make up STACK=data-config ENV=$env)"
    fi
    exit "$status"
    ;;
  refresh) pulumi -C "$directory" refresh --stack "$env" "$@" ;;
  outputs) pulumi -C "$directory" stack output --json --stack "$env" "$@" ;;
  destroy)
    if [ "$stack" = data-config ] && deployed compute; then
      die "data-config in $env is still in use: destroy compute first (make destroy STACK=compute ENV=$env)"
    fi
    # bootstrap's own state is in the bucket that goes with it.
    [ "$stack" != bootstrap ] || exec scripts/bootstrap-destroy.sh "$env" "$@"
    pulumi -C "$directory" destroy --stack "$env" "$@"
    ;;
  init)
    provider=${SECRETS_PROVIDER:-}
    if [ -z "$provider" ]; then
      # bootstrap is one stack for all environments, called after the first.
      bootstrap=$(pulumi -C stacks/bootstrap stack ls --json | sed -n 's/.*"name": *"\([^"]*\)".*/\1/p' | head -1) || true
      provider=$(pulumi -C stacks/bootstrap stack output secretsProvider --stack "${bootstrap:-$env}") ||
        die "the secrets provider is an output of bootstrap, which cannot be read: deploy it first (make bootstrap), or set SECRETS_PROVIDER"
    fi
    pulumi -C "$directory" stack init "$env" --secrets-provider "$provider" "$@"
    ;;
  *) die --usage "the command is '$command'; allowed: preview, up, refresh, destroy, outputs, init" ;;
esac
