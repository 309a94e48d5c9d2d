package app

import (
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/api/httpserver"
	"github.com/stretchr/testify/assert"
)

func TestStop_endsBeforeECSKillsTheTask(t *testing.T) {
	assert.LessOrEqual(t, httpserver.DrainDelay+httpserver.DrainWithin+2*finishWithin, 25*time.Second, "a retry may pause for 2 s more")
}
