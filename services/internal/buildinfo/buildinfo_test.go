package buildinfo

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLineNamesProgramVersionRevisionAndPlatform(t *testing.T) {
	version, revision = "1.2.3", "abc"
	t.Cleanup(func() { version, revision = "dev", "unknown" })

	assert.Equal(t,
		"api 1.2.3 (revision abc, "+runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH+")",
		Line("api"))
	assert.Equal(t, "1.2.3", Version())
	assert.Equal(t, "abc", Revision())
}
