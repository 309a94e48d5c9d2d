package service

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Levels are the values that a Level takes, in any case.
const Levels = "DEBUG, INFO, WARNING (or WARN), ERROR or CRITICAL"

// Level is a log level under the name that Python's logging gives it, since
// the settings of a deployment outlive its programming language.
type Level slog.Level

// UnmarshalText takes one of Levels, in any case. CRITICAL is above every
// record that the services write.
func (l *Level) UnmarshalText(text []byte) error {
	levels := map[string]slog.Level{
		"DEBUG":    slog.LevelDebug,
		"INFO":     slog.LevelInfo,
		"WARN":     slog.LevelWarn,
		"WARNING":  slog.LevelWarn,
		"ERROR":    slog.LevelError,
		"CRITICAL": slog.LevelError + 4,
	}
	level, known := levels[strings.ToUpper(string(text))]
	if !known {
		return fmt.Errorf("allowed is %s", Levels)
	}
	*l = Level(level)
	return nil
}

// String is the level as slog writes it.
func (l Level) String() string { return slog.Level(l).String() }

// Level implements slog.Leveler.
func (l Level) Level() slog.Level { return slog.Level(l) }

// NewLogger makes a logger of JSON lines on w for one service.
func NewLogger(w io.Writer, service string, level slog.Leveler) *slog.Logger {
	handler := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})
	return slog.New(handler).With("service", service)
}
