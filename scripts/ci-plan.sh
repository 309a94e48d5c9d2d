#!/usr/bin/env bash
# Decides which of CI's jobs may ask AWS for credentials, and says what was left
# out and why. Outputs: preview (pull requests), images and attest (main).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

need EVENT_NAME REF REPOSITORY

# unset_of prints the listed repository variables that are not set yet.
unset_of() {
  local name
  for name in "$@"; do
    [ -n "${!name:-}" ] || printf ' %s' "$name"
  done
}

# reason prints why no preview runs, or nothing.
preview_reason() {
  local missing
  if [ "$EVENT_NAME" != pull_request ]; then
    echo "this is no pull request"
  elif [ "${HEAD_REPOSITORY:-}" != "$REPOSITORY" ]; then
    echo "the pull request comes from a fork, which gets no credentials"
  elif [ "${AUTHOR:-}" = "dependabot[bot]" ]; then
    echo "Dependabot opened the pull request, and code that nobody has read yet gets no credentials"
  else
    missing=$(unset_of AWS_REGION PULUMI_BACKEND_URL AWS_ROLE_TO_ASSUME_PREVIEW)
    [ -z "$missing" ] || echo "repository variables are not set yet:$missing (make github-variables prints them)"
  fi
}

images_reason() {
  local missing
  if [ "$EVENT_NAME" != push ] && [ "$EVENT_NAME" != workflow_dispatch ]; then
    echo "images are built on main only"
  elif [ "$REF" != refs/heads/main ]; then
    echo "images are built on main only, this is $REF"
  else
    missing=$(unset_of AWS_REGION AWS_ROLE_TO_ASSUME_CI ECR_REPO_API ECR_REPO_WORKER)
    [ -z "$missing" ] || echo "repository variables are not set yet:$missing (make github-variables prints them)"
  fi
}

# GitHub keeps attestations of private repositories for Enterprise Cloud alone,
# and refuses them elsewhere.
attest_reason() {
  local reason
  reason=$(images_reason)
  if [ -n "$reason" ]; then
    echo "no images are pushed"
  elif [ "${PRIVATE:-}" = true ] && [ "${ATTEST_PRIVATE:-}" != true ]; then
    echo "the repository is private (with GitHub Enterprise Cloud, set the repository variable ATTEST_PRIVATE to true)"
  fi
}

decide() {
  local name=$1 what=$2 reason=$3
  if [ -z "$reason" ]; then
    output "$name" true
  else
    output "$name" false
    note "Left out: $what, since $reason."
  fi
}

if [ "$EVENT_NAME" = pull_request ]; then
  decide preview "the preview of data-config and compute" "$(preview_reason)"
  output images false
  output attest false
else
  decide images "building and pushing images" "$(images_reason)"
  decide attest "attesting SBOM and provenance" "$(attest_reason)"
  output preview false
fi
