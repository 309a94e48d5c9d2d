// Package buildinfo says which build of a program is running.
package buildinfo

import (
	"fmt"
	"runtime"
)

// The image build sets both with -ldflags "-X …"; they come from the last
// commit that touched the image's inputs, so that unrelated commits leave the
// binary unchanged to the byte.
var (
	version  = "dev"
	revision = "unknown"
)

// Version is the version of this build, "dev" outside an image.
func Version() string { return version }

// Revision is the full commit hash that this build was made from, "unknown"
// outside an image.
func Revision() string { return revision }

// Line is what `<program> --version` prints.
func Line(program string) string {
	return fmt.Sprintf("%s %s (revision %s, %s %s/%s)",
		program, version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
