package settings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Table returns a Markdown table of the settings that target points to: variable,
// default, what is allowed, description. Those that are required come first.
func Table(target any) string {
	var table strings.Builder
	table.WriteString("| variable | default | allowed | |\n|---|---|---|---|\n")
	fields := fieldsOf(target)
	slices.SortStableFunc(fields, func(a, b field) int { return cmp.Compare(b.required(), a.required()) })
	for _, f := range fields {
		byDefault := "required"
		if f.required() == 0 {
			byDefault = "unset"
			if value := f.tag.Get("envDefault"); value != "" {
				byDefault = "`" + value + "`"
			}
		}
		_, _ = fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", f.name, byDefault, f.allowed(), f.tag.Get("description"))
	}
	return table.String()
}

// required is 1 for a setting without a default that has to be set.
func (f field) required() int { return strings.Count(f.tag.Get("env"), ",required") }
