package service

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLevel_pythonNamesInAnyCase(t *testing.T) {
	for text, want := range map[string]slog.Level{
		"debug": slog.LevelDebug, "INFO": slog.LevelInfo, "Warning": slog.LevelWarn,
		"warn": slog.LevelWarn, "ERROR": slog.LevelError, "critical": slog.LevelError + 4,
	} {
		var level Level
		require.NoError(t, level.UnmarshalText([]byte(text)), text)
		assert.Equal(t, want, level.Level(), text)
	}
}

func TestLevel_other_errorNamesWhatIsAllowed(t *testing.T) {
	var level Level
	assert.EqualError(t, level.UnmarshalText([]byte("LOUD")), "allowed is "+Levels)
}

func TestLogger_recordsFromTheLevel_areJSONLines(t *testing.T) {
	var out bytes.Buffer
	logger := NewLogger(&out, "api", Level(slog.LevelInfo))

	logger.Debug("hidden")
	logger.Info("shown", "n", 1)

	var record map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &record), out.String())
	assert.Equal(t, "shown", record["msg"])
	assert.Equal(t, "api", record["service"])
	assert.Equal(t, "INFO", record["level"])
	assert.EqualValues(t, 1, record["n"])
}
