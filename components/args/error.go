package args

import (
	"fmt"
	"regexp"
	"strings"
)

// Error is an argument that a component refuses.
type Error struct {
	// Field is the argument's name in Go: "Worker.MaxMessages".
	Field string
	// Value is what it was set to; nil or "" where it was not set.
	Value any
	// Allowed completes the sentence "allowed is …". Another argument's name
	// is in braces: "no less than {MessageRetentionSeconds}".
	Allowed string
}

// reference is the name of an argument in Allowed.
var reference = regexp.MustCompile(`\{([A-Za-z.]+)\}`)

// Error describes the argument by its name in Go.
func (e *Error) Error() string { return e.Text(func(field string) string { return field }) }

// Text describes the argument with the names that name gives to it and to those
// that Allowed refers to.
func (e *Error) Text(name func(field string) string) string {
	text := name(e.Field) + " is not set"
	if e.Value != nil && e.Value != "" {
		text = fmt.Sprintf("%s is %s", name(e.Field), shown(e.Value))
	}
	if e.Allowed == "" {
		return text
	}
	return text + "; allowed is " + reference.ReplaceAllStringFunc(e.Allowed, func(braced string) string {
		return name(strings.Trim(braced, "{}"))
	})
}

// References lists the arguments that Allowed refers to.
func (e *Error) References() []string {
	var fields []string
	for _, match := range reference.FindAllStringSubmatch(e.Allowed, -1) {
		fields = append(fields, match[1])
	}
	return fields
}

func shown(value any) string {
	if text, ok := value.(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(value)
}

// allowed describes rules in words: those that the components use.
func allowed(rules string, formats Formats) string {
	var low, high string
	for rule := range strings.SplitSeq(rules, ",") {
		name, parameter, _ := strings.Cut(rule, "=")
		if format, found := formats[name]; found {
			return format.Allowed
		}
		switch name {
		case "oneof":
			values := strings.Fields(parameter)
			if last := len(values) - 1; last > 0 {
				return strings.Join(values[:last], ", ") + " or " + values[last]
			}
			return parameter
		case "email":
			return "one e-mail address, such as ops@example.com"
		case "min":
			low = parameter
		case "max":
			high = parameter
		}
	}
	switch {
	case low != "" && high != "":
		return low + " to " + high
	case low != "":
		return low + " or more"
	case high != "":
		return "up to " + high
	}
	return ""
}
