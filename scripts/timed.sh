#!/usr/bin/env bash
# Runs a command and notes how long it took, for the job's summary:
#
#   scripts/timed.sh NAME COMMAND…
#
# TIMINGS names the file; each line is the name, the seconds and the exit status.
set -uo pipefail

: "${TIMINGS:?TIMINGS is not set: the file that timings are written to}"
name=$1
shift
start=$(date +%s)
"$@"
status=$?
printf '%s\t%s\t%s\n' "$name" "$(($(date +%s) - start))" "$status" >>"$TIMINGS"
exit "$status"
