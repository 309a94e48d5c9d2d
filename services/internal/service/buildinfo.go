package service

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// The image build sets both with -ldflags "-X …"; they come from the last
// commit that touched the image's inputs, so that unrelated commits leave the
// binary unchanged to the byte.
var (
	version  string
	revision string
)

// Version is the version of this build: that of the image, of the module that
// was installed, or "dev".
func Version() string {
	built, _ := debug.ReadBuildInfo()
	return cmp.Or(version, stampOf(built).version, "dev")
}

// Revision is the full commit hash that this build was made from, "unknown"
// where neither the image nor the go command has set it.
func Revision() string {
	built, _ := debug.ReadBuildInfo()
	return cmp.Or(revision, stampOf(built).revision, "unknown")
}

// VersionLine is what `<program> --version` prints.
func VersionLine(program string) string {
	built, _ := debug.ReadBuildInfo()
	committed := ""
	if at := stampOf(built).time; at != "" && revision == "" {
		committed = ", committed " + at
	}
	return fmt.Sprintf("%s %s (revision %s%s, %s %s/%s)",
		program, Version(), Revision(), committed, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// stamp is what the go command records in a binary.
type stamp struct{ version, revision, time string }

func stampOf(built *debug.BuildInfo) stamp {
	if built == nil {
		return stamp{}
	}
	found := stamp{version: built.Main.Version}
	if found.version == "(devel)" {
		found.version = ""
	}
	modified := false
	for _, setting := range built.Settings {
		switch setting.Key {
		case "vcs.revision":
			found.revision = setting.Value
		case "vcs.time":
			found.time = setting.Value
		case "vcs.modified":
			modified = setting.Value == "true"
		}
	}
	if modified && found.revision != "" {
		found.revision += " with changes"
	}
	return found
}
