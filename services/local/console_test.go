package main

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestConsole_eachRecord_isALine(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newConsole(&out, slog.LevelInfo)).With("service", "worker", "pollers", 2)
	log.Debug("unseen")
	log.Info("started", "AWS_REGION", "us-east-1")
	log.Info("stored", "key", "a=b", "empty", "")
	log.WithGroup("call").Warn("throttled", "op", "Send", slog.Group("retry", "n", 3))
	assert.Regexp(t, `^\d\d:\d\d:\d\d\.\d{3} worker stored pollers=2 key="a=b" empty=""
\d\d:\d\d:\d\d\.\d{3} worker WARN throttled pollers=2 call\.op=Send call\.retry\.n=3
$`, out.String())
}
