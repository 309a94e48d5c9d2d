# shellcheck shell=bash
# How the workflows write a stack's preview as Markdown. Needs lib.bash.

# GitHub takes 65,536 characters in a comment or an issue; three stacks and the
# words around them have to fit.
REPORT_LIMIT=20000

# plain prints a file without the escape sequences of a terminal, cut to the limit.
plain() {
  local text
  text=$(sed $'s/\x1b\\[[0-9;]*[A-Za-z]//g' "$1")
  printf '%s\n' "${text:0:$REPORT_LIMIT}"
  if [ "${#text}" -gt "$REPORT_LIMIT" ]; then
    echo "… cut here; the job's log has all ${#text} characters"
  fi
}

# section prints one stack's part of a report: its heading, a line for who applies
# it, and the output of pulumi, folded. The fence is longer than any that a
# resource's description is likely to hold.
section() {
  local stack=$1 verdict=$2 log=$3
  echo "#### \`$stack\`: $verdict"
  echo
  case $stack in
    compute) echo "Applied by the workflow \`cd\` after a merge to main." ;;
    *) echo "Not applied by any workflow: an administrator applies it with \`make up STACK=$stack ENV=$ENV\`." ;;
  esac
  echo
  echo "<details><summary>Output of pulumi</summary>"
  echo
  echo '~~~~~~~~~~diff'
  plain "$log"
  echo '~~~~~~~~~~'
  echo
  echo "</details>"
  echo
}
