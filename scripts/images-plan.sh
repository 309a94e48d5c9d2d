#!/usr/bin/env bash
# Decides in CI on main which images to build and push. Outputs:
#
#   build        true when an image has to be built
#   tag          the tag of this commit, sha-<7>
#   push_api     true when the api's repository lacks that tag; push_worker alike
#
# ECR's tags are immutable, so a tag that is there is never pushed again: after a
# run that failed between the two, only the missing one is built.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash
. scripts/ecr.bash

need ECR_REPO_API ECR_REPO_WORKER
whole_history
services_inputs

api_tags=$(ecr_tags "$ECR_REPO_API")
worker_tags=$(ecr_tags "$ECR_REPO_WORKER")
head=$(git rev-parse HEAD)
tag=$(sha_tag "$head")
built=$(built_tag "$api_tags" "$worker_tags")
output tag "$tag"

lacks() { if grep -qxF "$tag" <<<"$1"; then echo false; else echo true; fi; }

if [ -n "$built" ]; then
  if [ "$built" = "$tag" ]; then
    note "Both repositories already hold \`$tag\`: nothing is built or pushed."
  else
    note "The services have not changed since \`$built\`: nothing is built or pushed."
  fi
  output build false
  output push_api false
  output push_worker false
  exit 0
fi

output build true
output push_api "$(lacks "$api_tags")"
output push_worker "$(lacks "$worker_tags")"
note "The services changed: building \`$tag\`."
