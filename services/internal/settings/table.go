package settings

import (
	"fmt"
	"strings"
)

// Table returns a Markdown table of the settings that target points to: variable,
// default, what is allowed, description.
func Table(target any) string {
	var table strings.Builder
	table.WriteString("| variable | default | allowed | |\n|---|---|---|---|\n")
	for _, f := range fieldsOf(target) {
		byDefault := "required"
		if !strings.HasSuffix(f.tag.Get("env"), ",required") {
			byDefault = "unset"
			if value := f.tag.Get("envDefault"); value != "" {
				byDefault = "`" + value + "`"
			}
		}
		_, _ = fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", f.name, byDefault, f.allowed(), f.tag.Get("description"))
	}
	return table.String()
}
