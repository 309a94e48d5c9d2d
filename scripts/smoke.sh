#!/usr/bin/env bash
# Asks a deployed API the three things that show it works: its health, a refusal
# without a token, and, with INGEST_TOKEN set, one accepted payload. API_URL names
# the API; without it the url of the compute stack in ENV is asked.
#
# The token goes to curl by standard input: command lines are there for every
# process of the machine to read.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

patience=${SMOKE_PATIENCE:-60}
interval=${SMOKE_INTERVAL:-5}

if [ -z "${API_URL:-}" ]; then
  need ENV
  outputs=$(make --no-print-directory -s outputs STACK=compute ENV="$ENV")
  API_URL=$(jq -r '.url // empty' <<<"$outputs")
  [ -n "$API_URL" ] || die "the compute stack of $ENV has no output 'url': deploy it first (make up STACK=compute ENV=$ENV)"
fi
API_URL=${API_URL%/}

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# ask prints the status of a request; its body is left in $answer. "000" stands
# for no answer at all.
ask() { curl --silent --show-error --max-time 15 --output "$answer" --write-out '%{http_code}' "$@" || true; }

# payload prints a request body; the token comes from the environment, since jq's
# arguments are as visible as curl's.
payload() {
  jq -nc --argjson now "$(date +%s)" --arg subject "smoke test ${GITHUB_RUN_ID:-by hand}" \
    '{data: {email_subject: $subject, email_sender: "smoke-test@example.com", email_timestream: $now, email_content: "smoke test"}}
     + (if env.INGEST_TOKEN then {token: env.INGEST_TOKEN} else {} end)'
}

# expect fails the test where a request was not answered as it should have been.
expect() {
  local what=$1 wanted=$2 got=$3
  [ "$got" = "$wanted" ] || die "$what: expected $wanted, got $got: $(head -c 500 "$answer")"
  note "- $what: $got"
}

waited=0
until status=$(ask "$API_URL/healthz"); [ "$status" = 200 ] || [ "$waited" -ge "$patience" ]; do
  sleep "$interval"
  waited=$((waited + interval))
done
expect "health of $API_URL" 200 "$status"

status=$(unset INGEST_TOKEN; payload | ask --header 'Content-Type: application/json' --data-binary @- "$API_URL/ingest")
expect "ingest without a token" 401 "$status"

if [ -z "${INGEST_TOKEN:-}" ]; then
  note "- ingest with the token: left out, since the secret INGEST_TOKEN is not set"
  exit 0
fi
export INGEST_TOKEN
status=$(payload | ask --header 'Content-Type: application/json' --data-binary @- "$API_URL/ingest")
expect "ingest with the token" 200 "$status"
id=$(jq -r '.message_id // empty' "$answer")
[ -n "$id" ] || die "ingest with the token: the answer has no message_id: $(head -c 500 "$answer")"
note "- message $id was accepted"
