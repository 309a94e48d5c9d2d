#!/usr/bin/env bash
# Writes the compute stack's outputs and the timings of a deployment as Markdown,
# to the job's summary in GitHub Actions. ENV names the environment, TIMINGS the
# file of timed.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

need ENV TIMINGS

if [ -s "$TIMINGS" ]; then
  note ""
  note "| step | seconds | |"
  note "|---|---:|---|"
  while IFS=$'\t' read -r name seconds status; do
    if [ "$status" = 0 ]; then status="done"; else status="failed ($status)"; fi
    note "| $name | $seconds | $status |"
  done <"$TIMINGS"
fi

outputs=$(make --no-print-directory -s outputs STACK=compute ENV="$ENV")
note ""
note "| output of compute in $ENV | value |"
note "|---|---|"
rows=$(jq -r 'to_entries | sort_by(.key)[] | "| `\(.key)` | \(.value | tostring | gsub("\\|"; "\\|")) |"' <<<"$outputs")
note "$rows"
