package delivery

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestATimedCommandKeepsItsExitStatus(t *testing.T) {
	timings := filepath.Join(t.TempDir(), "timings.tsv")
	env := map[string]string{"TIMINGS": timings}
	for status, name := range []string{"deploy", "smoke"} {
		r := script{Env: env}.run(t, "timed.sh", name, "sh", "-c", "exit "+string(rune('0'+status)))
		assert.Equal(t, status, r.Status)
	}
	assert.Regexp(t, `^deploy\t\d+\t0\nsmoke\t\d+\t1\n$`, readIfThere(t, timings))
}
