package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// summaryCommand writes the outputs of compute as Markdown. ENV names the
// environment.
type summaryCommand struct{}

func (summaryCommand) Run(ctx context.Context, a *app) error {
	if err := a.env.need("ENV"); err != nil {
		return err
	}
	outputs, err := a.pulumi.Outputs(ctx, project(computeLayer), a.env["ENV"])
	if err != nil {
		return err
	}
	return a.writeOutputs(outputs)
}

func (a *app) writeOutputs(outputs map[string]any) error {
	if len(outputs) == 0 {
		return nil
	}
	var table strings.Builder
	fmt.Fprintf(&table, "\n| output of compute in %s | value |\n|---|---|", a.env["ENV"])
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		value, isText := outputs[name].(string)
		if !isText {
			encoded, err := json.Marshal(outputs[name])
			if err != nil {
				return err
			}
			value = string(encoded)
		}
		fmt.Fprintf(&table, "\n| `%s` | %s |", name, strings.ReplaceAll(value, "|", `\|`))
	}
	return a.note(table.String())
}
