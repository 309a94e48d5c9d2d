package settings

import (
	"fmt"
	"strings"
)

// Fault is what is wrong with one setting.
type Fault struct {
	// Name is the environment variable, or the file, at fault.
	Name string
	// Problem says which value it has and what is allowed.
	Problem string
}

// Error holds every Fault of a program's settings, in the order in which they are
// declared.
type Error struct {
	Faults []Fault
}

// Error has a line for each fault under a line that counts them.
func (e *Error) Error() string {
	var text strings.Builder
	if len(e.Faults) == 1 {
		text.WriteString("1 setting is wrong:")
	} else {
		fmt.Fprintf(&text, "%d settings are wrong:", len(e.Faults))
	}
	for _, fault := range e.Faults {
		fmt.Fprintf(&text, "\n  %s %s", fault.Name, fault.Problem)
	}
	return text.String()
}
