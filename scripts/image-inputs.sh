#!/usr/bin/env bash
# Prints, one a line, the git pathspecs of what goes into the images named:
#
#   scripts/image-inputs.sh api worker
#
# An image is made of the packages that its program links, the module files, the
# Dockerfile and what that leaves out. Directories rather than files are listed,
# so that a file that was deleted still counts as a change.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

[ $# -gt 0 ] || die --usage "usage: $0 SERVICE…"

# A template of `go list`, not of the shell.
# shellcheck disable=SC2016
format='{{if .Module}}{{if .Module.Main}}{{$dir := .ImportPath}}{{$dir}}
{{range .EmbedFiles}}{{$dir}}/{{.}}
{{end}}{{end}}{{end}}'
module=$(sed -n 's/^module //p' services/go.mod)

for service in "$@"; do
  [ -d "services/$service" ] || die --usage "services/$service does not exist: '$service' is no service"
  # Both architectures, since a file can be for one of them alone.
  for arch in amd64 arm64; do
    (cd services && GOWORK=off GOFLAGS=-mod=readonly CGO_ENABLED=0 GOOS=linux GOARCH=$arch \
      go list -deps -f "$format" "./$service")
  done
done | sed '/^$/d; s|^'"$module"'|services|' | sort -u | while IFS= read -r path; do
  if [ -f "$path" ]; then
    # An embedded file: its whole directory, for the same reason.
    path=$(dirname "$path")
  fi
  echo ":(glob)$path/*"
done | sort -u

echo services/go.mod
echo services/go.sum
echo services/Dockerfile
echo services/.dockerignore
# .dockerignore keeps these out of every image.
echo ':(exclude,glob)services/**/*_test.go'
echo ':(exclude,glob)services/**/testdata/**'
echo ':(exclude,glob)services/**/*.md'
