# shellcheck shell=bash
# What the delivery scripts share. Bash 3.2, as macOS has it, is enough.

# Bash 3.2 does not know it, so functions that are called in $(…) end with `|| exit`
# where a step can fail.
shopt -s inherit_errexit 2>/dev/null || true

# die prints one reason and ends the script. Exit status 1 is a refusal or a
# failure of what was asked; 2 is a wrong call.
die() {
  local status=1
  if [ "$1" = --usage ]; then
    status=2
    shift
  fi
  # GitHub shows a line of this form on the run's first page.
  if [ -n "${GITHUB_ACTIONS:-}" ]; then
    echo "::error::${1//$'\n'/%0A}" >&2
  else
    echo "error: $1" >&2
  fi
  exit "$status"
}

# need names every listed variable that is unset or empty, all at once.
need() {
  local name missing=
  for name in "$@"; do
    [ -n "${!name:-}" ] || missing="$missing $name"
  done
  [ -z "$missing" ] || die --usage "not set:$missing"
}

# note prints a line for the log and, in GitHub Actions, for the job's summary.
note() {
  echo "$1"
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    printf '%s\n' "$1" >>"$GITHUB_STEP_SUMMARY"
  fi
}

# output sets a step's output in GitHub Actions; elsewhere it prints the line.
output() {
  if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
  fi
  printf '%s=%s\n' "$1" "$2"
}
