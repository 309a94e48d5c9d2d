#!/usr/bin/env bash
# Keeps one issue for drift, after drift.sh has looked at every stack:
#
#   scripts/drift-issue.sh DIRECTORY
#
# Drift in any stack opens the issue or rewrites it; none in all three closes it.
# A stack that could not be compared proves neither, so the issue then stays open.
# REPOSITORY names the repository, RUN_URL the run; gh takes its token from GH_TOKEN.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

[ $# -eq 1 ] || die --usage "usage: $0 DIRECTORY"
need REPOSITORY RUN_URL ENV
directory=$1
title="Infrastructure drift in $ENV"

drifted='' unknown=''
for stack in bootstrap data-config compute; do
  case $(cat "$directory/$stack.status" 2>/dev/null) in
    clean) ;;
    drift) drifted="$drifted $stack" ;;
    *) unknown="$unknown $stack" ;;
  esac
done

# Anyone may open an issue of this title; only the workflow's own is touched.
issues=$(gh issue list --repo "$REPOSITORY" --state open --label drift --app github-actions \
  --json number,title)
number=$(jq -r --arg title "$title" '[.[] | select(.title == $title)][0].number // empty' <<<"$issues")

if [ -n "$drifted" ]; then
  body=$(mktemp)
  trap 'rm -f "$body"' EXIT
  {
    echo "What is deployed differs from the program and the state in:$drifted. [Run]($RUN_URL)"
    echo
    [ -z "$unknown" ] || printf 'Not compared, since it failed:%s\n\n' "$unknown"
    echo "Either bring the change into the program, or undo it with \`make up STACK=<stack> ENV=$ENV\`."
    echo "A change that the state alone does not know is taken over by an administrator with \`pulumi refresh\`; CI writes no state here."
    echo
    for stack in $drifted; do cat "$directory/$stack.md"; done
  } >"$body"
  if [ -n "$number" ]; then
    gh issue edit "$number" --repo "$REPOSITORY" --body-file "$body"
    note "Updated issue #$number: drift in$drifted."
  else
    gh label create drift --repo "$REPOSITORY" --force --color d93f0b \
      --description "What is deployed differs from the program"
    gh issue create --repo "$REPOSITORY" --title "$title" --label drift --body-file "$body"
    note "Opened an issue: drift in$drifted."
  fi
elif [ -n "$unknown" ]; then
  note "No drift was found, but not every stack was compared:$unknown. An open issue stays open."
elif [ -n "$number" ]; then
  gh issue close "$number" --repo "$REPOSITORY" --comment "No drift any more: $RUN_URL"
  note "Closed issue #$number: no drift any more."
else
  note "No drift."
fi
