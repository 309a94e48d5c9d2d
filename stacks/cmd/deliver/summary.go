package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// summaryCommand writes the timings of a deployment and the outputs of compute as
// Markdown. ENV names the environment, TIMINGS the file that scripts/timed.sh writes.
type summaryCommand struct{}

func (summaryCommand) Run(ctx context.Context, a *app) error {
	if err := a.env.need("ENV", "TIMINGS"); err != nil {
		return err
	}
	outputs, err := a.pulumi.Outputs(ctx, project(computeLayer), a.env["ENV"])
	return errors.Join(a.writeTimings(), err, a.writeOutputs(outputs))
}

func (a *app) writeTimings() error {
	timings, err := os.ReadFile(a.env["TIMINGS"])
	if errors.Is(err, fs.ErrNotExist) || len(timings) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString("\n| step | seconds | |\n|---|---:|---|")
	for line := range strings.Lines(string(timings)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			return fmt.Errorf("%s has the line %q; expected: name, seconds and status", a.env["TIMINGS"], line)
		}
		status := "done"
		if fields[2] != "0" {
			status = "failed (" + fields[2] + ")"
		}
		fmt.Fprintf(&text, "\n| %s | %s | %s |", fields[0], fields[1], status)
	}
	return a.note(text.String())
}

func (a *app) writeOutputs(outputs map[string]any) error {
	if len(outputs) == 0 {
		return nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "\n| output of compute in %s | value |\n|---|---|", a.env["ENV"])
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		value, isText := outputs[name].(string)
		if !isText {
			encoded, err := json.Marshal(outputs[name])
			if err != nil {
				return err
			}
			value = string(encoded)
		}
		fmt.Fprintf(&text, "\n| `%s` | %s |", name, strings.ReplaceAll(value, "|", `\|`))
	}
	return a.note(text.String())
}
