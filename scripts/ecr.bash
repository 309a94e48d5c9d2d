# shellcheck shell=bash
# What the image scripts know of ECR. Needs lib.bash, aws and jq.

# ecr_name prints the name of a repository given by its URL, as compute's outputs
# ecrApiRepositoryUrl and ecrWorkerRepositoryUrl give it.
ecr_name() {
  local pattern='^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9][a-z0-9._/-]*$'
  [[ "$1" =~ $pattern ]] ||
    die --usage "'$1' is no ECR repository URL (<account>.dkr.ecr.<region>.amazonaws.com/<name>): set ECR_REPO_API and ECR_REPO_WORKER from 'make github-variables'"
  echo "${1#*/}"
}

# ecr_tags prints every tag of a repository, one a line. The repositories are the
# compute stack's, which needs an image to deploy: the answer to a repository
# that is not there names the way out.
ecr_tags() {
  local name answer errors
  name=$(ecr_name "$1") || exit
  errors=$(mktemp)
  if ! answer=$(aws ecr describe-images --repository-name "$name" --filter tagStatus=TAGGED \
    --output json 2>"$errors"); then
    local said
    said=$(cat "$errors")
    rm -f "$errors"
    case $said in
      *RepositoryNotFoundException*)
        die "the ECR repository $name does not exist yet. The first deployment of compute makes it, with images built on the spot: 'pulumi config set buildImages true --stack ${ENV:-prod}', 'make up STACK=compute ENV=${ENV:-prod}', 'pulumi config rm buildImages --stack ${ENV:-prod}'. Then run this again."
        ;;
    esac
    die "listing the images of $name: $said"
  fi
  rm -f "$errors"
  jq -r '.imageDetails[].imageTags[]?' <<<"$answer"
}

# sha_tag prints the tag that CI gives to the images of a commit.
sha_tag() { echo "sha-${1:0:7}"; }

# services_inputs sets INPUTS to the pathspecs of both images.
services_inputs() {
  local listed path
  listed=$(scripts/image-inputs.sh api worker)
  INPUTS=()
  while IFS= read -r path; do INPUTS+=("$path"); done <<<"$listed"
}

# built_tag prints the tag under which both repositories hold images of what the
# services are at HEAD, or nothing: the newest commit since the services last
# changed that has images. Commits between may have none, since a run that was
# superseded or failed leaves its work to the next.
# Arguments: the tags of the api repository, those of the worker's. Reads INPUTS.
built_tag() {
  local changed commits commit tag
  changed=$(git log -1 --format=%H -- "${INPUTS[@]}") || exit
  [ -n "$changed" ] || die "no commit touches what the services are made of: commit them first"
  commits=$(git rev-list "$changed..HEAD") || exit
  for commit in $commits "$changed"; do
    tag=$(sha_tag "$commit")
    if grep -qxF "$tag" <<<"$1" && grep -qxF "$tag" <<<"$2"; then
      echo "$tag"
      return 0
    fi
  done
}

# whole_history stops where the clone does not hold what built_tag looks at.
whole_history() {
  [ "$(git rev-parse --is-shallow-repository)" = false ] ||
    die "this clone is shallow, so what changed since the last images cannot be told: fetch the history (git fetch --unshallow; fetch-depth: 0 in actions/checkout)"
}
