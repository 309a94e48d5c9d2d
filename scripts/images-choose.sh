#!/usr/bin/env bash
# Decides in CD which images to deploy. Outputs api_tag and worker_tag; an empty
# one keeps the image that is deployed.
#
# By hand (API_IMAGE_TAG, WORKER_IMAGE_TAG): the tags as given, if ECR has them.
# After CI (neither given): this commit's images if it has any. Otherwise, if the
# services changed since the commit that CD deployed last, their newest images:
# GitHub drops a waiting deployment when a newer one queues, and its images must
# not be lost with it. Otherwise what is deployed stays, also after a roll-back.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash
. scripts/ecr.bash

need ECR_REPO_API ECR_REPO_WORKER ENV

# chosen checks one tag of a person's against its repository and prints it.
chosen() {
  local service=$1 tag=$2 url=$3 tags
  [ -n "$tag" ] || return 0
  [[ "$tag" =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ ]] ||
    die --usage "the $service image tag '$tag' is none: allowed are up to 128 letters, digits, '_', '.' and '-', as in sha-abc1234"
  tags=$(ecr_tags "$url") || exit
  grep -qxF "$tag" <<<"$tags" ||
    die "$(ecr_name "$url") has no image tagged '$tag'. It holds: $(tr '\n' ' ' <<<"$tags")"
  echo "$tag"
}

# last_deployed prints the commit that CD deployed last after CI, or nothing.
# deploy.sh leaves it as the message of the update in the stack's history. What a
# person deployed by hand is no measure of what followed CI.
last_deployed() {
  local history
  history=$(pulumi stack history --stack "$ENV" --json --page-size 100 --page 1) || exit
  jq -r '[.[]? | select(.kind == "update" and .result == "succeeded")
      | .message | select(startswith("cd-after-ci:"))][0] // "" | ltrimstr("cd-after-ci:")' <<<"$history"
}

if [ -n "${API_IMAGE_TAG:-}${WORKER_IMAGE_TAG:-}" ] || [ "${BY_HAND:-}" = true ]; then
  api_tag=$(chosen api "${API_IMAGE_TAG:-}" "$ECR_REPO_API")
  worker_tag=$(chosen worker "${WORKER_IMAGE_TAG:-}" "$ECR_REPO_WORKER")
  note "By hand: api \`${api_tag:-as deployed}\`, worker \`${worker_tag:-as deployed}\`."
  output api_tag "$api_tag"
  output worker_tag "$worker_tag"
  exit 0
fi

whole_history
services_inputs
api_tags=$(ecr_tags "$ECR_REPO_API")
worker_tags=$(ecr_tags "$ECR_REPO_WORKER")
built=$(built_tag "$api_tags" "$worker_tags")
head=$(git rev-parse HEAD)

last=$(last_deployed)
# A commit that this history does not have (a rewritten branch) tells nothing.
if [ -n "$last" ] && ! git cat-file -e "$last^{commit}" 2>/dev/null; then
  last=
fi

if [ -n "$last" ] && [ "$last" != "$head" ] && git merge-base --is-ancestor "$head" "$last"; then
  die "${last:0:7} is deployed and newer than this commit, ${head:0:7}: running an old CI run again does not roll back. To roll back, run the workflow 'cd' by hand with the tags of the images."
elif [ "$built" = "$(sha_tag "$head")" ]; then
  note "Deploying this commit's images, \`$built\`."
elif [ -n "$last" ] && git diff --quiet "$last" HEAD -- "${INPUTS[@]}"; then
  note "The services have not changed since the last deployment (\`${last:0:7}\`): the deployed images stay."
  built=
elif [ -n "$built" ]; then
  note "Deploying \`$built\`, the newest images of the services as they are at \`${head:0:7}\`."
else
  die "ECR has no images of the services as they are at ${head:0:7}. Run the workflow 'ci' on main by hand, which builds them, then 'cd' by hand with the tag that it names."
fi
output api_tag "$built"
output worker_tag "$built"
