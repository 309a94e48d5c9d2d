package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// console writes log records for a person to watch, a line each: the time of
// day, the service, the message and its attributes. Levels are shown where
// they ask for attention. The records of a start, with all settings, are left
// out: what of them matters here is above them already.
type console struct {
	level slog.Leveler
	mu    *sync.Mutex
	to    io.Writer
	// service, attrs and group are what With and WithGroup added.
	service string
	attrs   string
	group   string
}

func newConsole(to io.Writer, level slog.Leveler) *console {
	return &console{level: level, mu: &sync.Mutex{}, to: to}
}

func (c *console) Enabled(_ context.Context, level slog.Level) bool { return level >= c.level.Level() }

func (c *console) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelInfo && r.Message == "started" {
		return nil
	}
	var line bytes.Buffer
	fmt.Fprintf(&line, "%s %-6s ", r.Time.Format("15:04:05.000"), c.service)
	if r.Level > slog.LevelInfo {
		fmt.Fprintf(&line, "%s ", r.Level)
	}
	line.WriteString(r.Message)
	line.WriteString(c.attrs)
	r.Attrs(func(a slog.Attr) bool {
		line.WriteString(c.text(a, c.group))
		return true
	})
	line.WriteByte('\n')
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.to.Write(line.Bytes())
	return err
}

func (c *console) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *c
	for _, a := range attrs {
		if a.Key == "service" && c.group == "" {
			with.service = a.Value.String()
			continue
		}
		with.attrs += c.text(a, c.group)
	}
	return &with
}

func (c *console) WithGroup(name string) slog.Handler {
	if name == "" {
		return c
	}
	with := *c
	with.group += name + "."
	return &with
}

// text is " key=value", with the value quoted where it would not read as one
// word.
func (c *console) text(a slog.Attr, group string) string {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		var all strings.Builder
		for _, member := range value.Group() {
			all.WriteString(c.text(member, group))
		}
		return all.String()
	}
	if a.Key == "" {
		return ""
	}
	shown := value.String()
	if shown == "" || strings.ContainsAny(shown, " \t\r\n\"=") {
		shown = fmt.Sprintf("%q", shown)
	}
	return " " + group + a.Key + "=" + shown
}
