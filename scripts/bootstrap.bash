# shellcheck shell=bash
# What deploying bootstrap and destroying it share: where its state is. Sourced at
# the root of the workspace, with env set.

# shellcheck disable=SC2154 # env is the caller's
[[ "$env" =~ ^[a-z][a-z0-9]{0,11}$ ]] ||
  die --usage "ENV is '$env'; allowed: up to 12 lower-case letters and digits, a letter first"
command -v pulumi >/dev/null ||
  die "pulumi is not installed: https://www.pulumi.com/docs/install"

project=stacks/bootstrap
# shellcheck disable=SC2034 # bootstrap.sh names it
settings=$project/Pulumi.$env.yaml
state=$PWD/.pulumi-state/$env
local_backend=file://$state
# Protects the local state while there is one; none is as good as the disk is.
export PULUMI_CONFIG_PASSPHRASE=${PULUMI_CONFIG_PASSPHRASE-}

# on runs pulumi in the project on a backend.
on() {
  local backend=$1
  shift
  PULUMI_BACKEND_URL=$backend pulumi -C "$project" "$@"
}

# deployed tells whether the stack on a backend has been deployed.
deployed() {
  local outputs
  outputs=$(on "$1" stack output --json --stack "$env" 2>/dev/null) || return 1
  [ "$outputs" != '{}' ]
}

# remove_empty removes the stack without resources that an earlier attempt to move
# the state may have left on a backend: nothing can move onto it.
remove_empty() {
  if on "$1" stack ls 2>/dev/null | grep -qE "^$env\*?( |$)"; then
    on "$1" stack rm "$env" --yes --preserve-config
  fi
}

# move moves the state: from one backend to another, under a secrets provider.
move() {
  remove_empty "$2"
  on "$2" --non-interactive stack migrate "$1" "$env" --secrets-provider "$3" --yes
}

# archive sets the local state aside once it is no longer the one in force.
archive() {
  if [ -d "$state" ]; then
    mv "$state" "$state.$1.$(date -u +%Y%m%dT%H%M%SZ)"
  fi
}

# bucket_backend is where the state is, or was moved to: what every other stack uses
# (a setting, or where pulumi is logged in), or what the local state says.
bucket_backend=${PULUMI_BACKEND_URL:-}
if [ -z "$bucket_backend" ]; then
  bucket_backend=$(pulumi whoami --json 2>/dev/null | sed -n 's/.*"url": *"\(s3:[^"]*\)".*/\1/p') || true
fi
if [ -z "$bucket_backend" ] && [ -d "$state" ] && deployed "$local_backend"; then
  bucket_backend=$(on "$local_backend" stack output stateBackendUrl --stack "$env")
fi
