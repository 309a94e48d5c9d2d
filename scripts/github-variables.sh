#!/usr/bin/env bash
# Prints the `gh variable set` lines that the workflows need, from the stacks'
# outputs. ENV names the environment (prod). Read them, then run them in a clone of
# the repository: make -s github-variables | sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

ENV=${ENV:-prod}

outputs_of() {
  make --no-print-directory -s outputs STACK="$1" ENV="$ENV" ||
    die "reading the outputs of $1 in $ENV: deploy it first (make $2), with PULUMI_BACKEND_URL set"
}

# variable prints one line, its value quoted for a shell.
variable() {
  [ -n "$2" ] || die "there is no value for $1: $3"
  printf "gh variable set %s --body '%s'\n" "$1" "${2//\'/\'\\\'\'}"
}

field() { jq -r --arg name "$2" '.[$name] // empty' <<<"$1"; }

bootstrap=$(outputs_of bootstrap bootstrap)
region=$(pulumi config get aws:region --stack "$ENV")

variable AWS_REGION "$region" "set it (pulumi config set aws:region <region> --stack $ENV)"
variable PULUMI_BACKEND_URL "$(field "$bootstrap" stateBackendUrl)" "bootstrap has no output stateBackendUrl"
for role in Ci Cd Preview Drift; do
  upper=$(tr '[:lower:]' '[:upper:]' <<<"$role")
  variable "AWS_ROLE_TO_ASSUME_$upper" "$(field "$bootstrap" "githubActions${role}RoleArn")" \
    "bootstrap has no output githubActions${role}RoleArn"
done
# Only where cd is bound to a GitHub environment instead of the branch.
environment=$(pulumi -C stacks/bootstrap config get githubEnvironment --stack "$ENV" 2>/dev/null || true)
[ -z "$environment" ] || variable CD_ENVIRONMENT "$environment" ""

# The repositories are compute's, so they come with its first deployment.
if compute=$(make --no-print-directory -s outputs STACK=compute ENV="$ENV" 2>/dev/null) &&
  [ -n "$(field "$compute" ecrApiRepositoryUrl)" ]; then
  variable ECR_REPO_API "$(field "$compute" ecrApiRepositoryUrl)" ""
  variable ECR_REPO_WORKER "$(field "$compute" ecrWorkerRepositoryUrl)" "compute has no output ecrWorkerRepositoryUrl"
else
  echo "# ECR_REPO_API and ECR_REPO_WORKER follow with the first deployment of compute: run this again then" >&2
fi
