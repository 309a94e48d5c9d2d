#!/usr/bin/env bash
# Checks that ECS runs what the compute stack says it deployed.
#
#   scripts/rollout.sh          wait for both services, fail on any other outcome
#   scripts/rollout.sh events   only print each service's last events
#
# An update of the stack fails by itself where ECS rolled a deployment back. This
# checks later what ECS runs: the primary deployment of each service is compared
# with the stack's task definition. ENV names the environment. A deployment that is still
# under way is asked again every ROLLOUT_INTERVAL seconds (10) for
# ROLLOUT_PATIENCE seconds (600).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

need ENV
patience=${ROLLOUT_PATIENCE:-600}
interval=${ROLLOUT_INTERVAL:-10}

outputs=$(make --no-print-directory -s outputs STACK=compute ENV="$ENV")

# out prints one output of the stack.
out() {
  local value
  value=$(jq -r --arg name "$1" '.[$name] // empty' <<<"$outputs") || exit
  [ -n "$value" ] || die "the compute stack of $ENV has no output '$1': deploy it first (make up STACK=compute ENV=$ENV)"
  echo "$value"
}

cluster=$(out ecsClusterName)

# describe prints the one service of an ARN as ECS has it.
describe() {
  local answer
  answer=$(aws ecs describe-services --cluster "$cluster" --services "$1" --output json) || exit
  jq -e '.services[0] // empty' <<<"$answer" ||
    die "ECS has no service $1 in the cluster $cluster: $(jq -c '.failures' <<<"$answer")"
}

events() { jq -r '.events[:10][] | "    \(.createdAt)  \(.message)"' <<<"$1"; }

# verdict prints one word for a service's primary deployment, given the task
# definition expected: done, waiting, failed, or other (ECS went back to, or was
# set to, another revision). No primary deployment counts as waiting.
verdict() {
  jq -r --arg expected "$2" '
    ([.deployments[] | select(.status == "PRIMARY")][0]) as $primary
    | if $primary == null then "waiting"
      elif $primary.rolloutState == "FAILED" then "failed"
      elif $primary.taskDefinition != $expected then "other"
      elif ([.deployments[] | select(.taskDefinition == $expected and .rolloutState == "FAILED")] | length) > 0 then "failed"
      elif $primary.rolloutState == "COMPLETED" then "done"
      else "waiting" end' <<<"$1"
}

explain() {
  local name=$1 state=$2 expected=$3
  echo "$name: the stack deployed $expected"
  jq -r '.deployments[] | "  \(.status) \(.taskDefinition) \(.rolloutState // "no rollout state"): \(.rolloutStateReason // "no reason given") (\(.runningCount) of \(.desiredCount) running, \(.failedTasks // 0) failed)"' <<<"$state"
  echo "  last events:"
  events "$state"
}

# check waits for one service; it prints the explanation and fails if another
# revision runs, the rollout failed, or patience ends.
check() {
  local name=$1 arn=$2 expected=$3 waited=0 state
  while :; do
    # `set -e` does not reach into a function that an || follows.
    state=$(describe "$arn") || return 1
    case $(verdict "$state" "$expected") in
      waiting) ;;
      done)
        note "\`$name\` runs \`${expected##*/}\`."
        return 0
        ;;
      other)
        explain "$name" "$state" "$expected"
        echo "$name runs another revision than the stack's: ECS rolled the deployment back" >&2
        return 1
        ;;
      failed)
        explain "$name" "$state" "$expected"
        echo "$name: the rollout failed" >&2
        return 1
        ;;
      *)
        echo "$name: what ECS says of it cannot be read" >&2
        return 1
        ;;
    esac
    if [ "$waited" -ge "$patience" ]; then
      explain "$name" "$state" "$expected"
      echo "$name: the rollout has not ended after $waited s" >&2
      return 1
    fi
    sleep "$interval"
    waited=$((waited + interval))
  done
}

api=$(out apiServiceArn)
worker=$(out workerServiceArn)

case ${1:-check} in
  events)
    for arn in "$api" "$worker"; do
      state=$(describe "$arn")
      echo "${arn##*/}:"
      events "$state"
    done
    ;;
  check)
    # Assigned first: a failing substitution inside an argument would be lost.
    api_expected=$(out apiTaskDefinitionArn)
    worker_expected=$(out workerTaskDefinitionArn)
    failed=
    # Each is asked even if the other failed: one run shows both.
    check api "$api" "$api_expected" || failed="$failed api"
    check worker "$worker" "$worker_expected" || failed="$failed worker"
    [ -z "$failed" ] || die "the rollout did not arrive:$failed; the reason and the last events are above"
    ;;
  *) die --usage "usage: $0 [check|events]" ;;
esac
