#!/usr/bin/env bash
# Prints the versions of what CI installs, from the one place that pins each: Go
# from the images' Dockerfile, so that CI tests with what they are compiled with,
# and Pulumi from the module that the engine tests build it from.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.bash

go=$(sed -n 's/^FROM .*golang:\([0-9][0-9.]*\).*$/\1/p' services/Dockerfile)
[ -n "$go" ] || die "services/Dockerfile has no 'FROM golang:<version>' line to read the Go version from"
output go "$go"

pulumi=$(sed -n 's|^.*github.com/pulumi/pulumi/pkg/v3 v\([0-9][0-9.]*\).*$|\1|p' .ci/pulumi/cli/go.mod)
[ -n "$pulumi" ] || die ".ci/pulumi/cli/go.mod requires no github.com/pulumi/pulumi/pkg/v3 to read Pulumi's version from"
output pulumi "$pulumi"
