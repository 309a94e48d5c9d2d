package service

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLine_namesProgramVersionRevisionAndPlatform(t *testing.T) {
	version, revision = "1.2.3", "abc"
	t.Cleanup(func() { version, revision = "", "" })

	assert.Equal(t,
		"api 1.2.3 (revision abc, "+runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH+")",
		VersionLine("api"))
	assert.Equal(t, "1.2.3", Version())
	assert.Equal(t, "abc", Revision())
}

func TestBuildInfo_withoutAnImage_isThatOfTheGoCommand(t *testing.T) {
	built := &debug.BuildInfo{Settings: []debug.BuildSetting{
		{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "false"},
	}}
	built.Main.Version = "v1.2.3"
	assert.Equal(t, stamp{version: "v1.2.3", revision: "abc", time: "2026-01-02T03:04:05Z"}, stampOf(built))
	built.Settings[3].Value, built.Main.Version = "true", "(devel)"
	assert.Equal(t, stamp{revision: "abc with changes", time: "2026-01-02T03:04:05Z"}, stampOf(built))
	assert.Equal(t, stamp{}, stampOf(nil))
}
