#!/usr/bin/env bash
# Writes the stacks' parts (preview.sh) as one comment on the pull request, and
# updates that comment from then on:
#
#   scripts/preview-comment.sh DIRECTORY
#
# REPOSITORY and PULL_REQUEST name the pull request, HEAD_SHA the commit, RUN_URL
# the run; gh takes its token from GH_TOKEN.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

[ $# -eq 1 ] || die --usage "usage: $0 DIRECTORY"
need REPOSITORY PULL_REQUEST HEAD_SHA RUN_URL ENV
directory=$1
marker="<!-- ingest preview of $ENV -->"

body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
  echo "$marker"
  echo "### \`pulumi preview\` of $ENV at ${HEAD_SHA:0:7}"
  echo
  for stack in data-config compute; do
    if [ -f "$directory/$stack.md" ]; then
      cat "$directory/$stack.md"
    else
      echo "#### \`$stack\`: no preview arrived, see [the run]($RUN_URL)"
      echo
    fi
  done
  # The merge commit that a pull request is tested at: its first parent is main.
  if git rev-parse --quiet --verify HEAD^2 >/dev/null &&
    ! git diff --quiet HEAD^1 HEAD -- stacks/bootstrap components/bootstrap; then
    echo "This changes \`bootstrap\`, which is previewed and applied by an administrator alone: \`make preview STACK=bootstrap ENV=$ENV\`."
    echo
  fi
  echo "[Run]($RUN_URL)"
} >"$body"

# Only a comment of the workflow's own is edited, not one that merely looks like it.
comments=$(gh api --paginate "repos/$REPOSITORY/issues/$PULL_REQUEST/comments")
comment=$(jq -r --arg marker "$marker" \
  '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith($marker))) | .id' <<<"$comments" | head -n 1)

if [ -n "$comment" ]; then
  jq -Rs '{body: .}' "$body" | gh api --method PATCH "repos/$REPOSITORY/issues/comments/$comment" --input - >/dev/null
  echo "updated comment $comment"
else
  jq -Rs '{body: .}' "$body" | gh api --method POST "repos/$REPOSITORY/issues/$PULL_REQUEST/comments" --input - >/dev/null
  echo "added the comment"
fi
