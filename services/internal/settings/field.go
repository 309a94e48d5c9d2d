package settings

import (
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// field is one setting of a target struct.
type field struct {
	goName string
	name   string
	tag    reflect.StructTag
	value  reflect.Value
}

var durationType = reflect.TypeFor[time.Duration]()

func fieldsOf(target any) []field {
	structure := reflect.ValueOf(target).Elem()
	var fields []field
	for i := range structure.NumField() {
		declared := structure.Type().Field(i)
		if declared.Anonymous {
			fields = append(fields, fieldsOf(structure.Field(i).Addr().Interface())...)
			continue
		}
		name, _, _ := strings.Cut(declared.Tag.Get("env"), ",")
		if name == "" {
			continue
		}
		fields = append(fields, field{
			goName: declared.Name, name: name, tag: declared.Tag, value: structure.Field(i),
		})
	}
	return fields
}

// load sets the field from the text of its variable, or else from its default. It
// returns what is wrong.
func (f field) load(text string) (problem string) {
	if text == "" {
		text = f.tag.Get("envDefault")
	}
	switch {
	case text != "":
	case f.required() > 0:
		return "is not set; allowed is " + f.allowed()
	default:
		return ""
	}
	if err := f.parse(text); err != nil {
		return f.is(text)
	}
	return f.outOfBounds()
}

func (f field) parse(text string) (err error) {
	switch into := f.value.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		return into.UnmarshalText([]byte(text)) //nolint:wrapcheck // load says what is allowed
	case *string:
		*into = text
	case *time.Duration:
		*into, err = time.ParseDuration(text)
	default:
		var n int64
		n, err = strconv.ParseInt(text, 10, f.value.Type().Bits())
		f.value.SetInt(n)
	}
	return err
}

// outOfBounds is empty when the tags of the field allow its value.
func (f field) outOfBounds() string {
	shown := f.shown()
	if pattern, ok := f.tag.Lookup("match"); ok && shown != "" {
		if !regexp.MustCompile(`\A(?:` + pattern + `)\z`).MatchString(f.value.String()) {
			return f.is(shown)
		}
	}
	if !f.value.CanInt() {
		return ""
	}
	low, bounded := f.bound("min")
	if bounded && f.value.Int() < low {
		return f.is(shown)
	}
	high, bounded := f.bound("max")
	if bounded && f.value.Int() > high {
		return f.is(shown)
	}
	return ""
}

func (f field) is(value string) string {
	if f.tag.Get("secret") == "true" {
		return "has a value (not shown) that is not allowed; allowed is " + f.allowed()
	}
	return fmt.Sprintf("is %q; allowed is %s", value, f.allowed())
}

// allowed says in words what the field takes.
func (f field) allowed() string {
	if words := f.tag.Get("allowed"); words != "" {
		return words
	}
	switch {
	case f.value.Type() == durationType:
		return fmt.Sprintf("a duration from %s to %s, such as 90s or 2m", f.tag.Get("min"), f.tag.Get("max"))
	case f.value.CanInt():
		return fmt.Sprintf("a whole number from %s to %s", f.tag.Get("min"), f.tag.Get("max"))
	default:
		return "any text"
	}
}

// bound reads a min or max tag. A tag that cannot be read is a mistake of the
// program, not of its user.
func (f field) bound(tag string) (limit int64, ok bool) {
	text, ok := f.tag.Lookup(tag)
	if !ok {
		return 0, false
	}
	if f.value.Type() == durationType {
		limit, err := time.ParseDuration(text)
		if err != nil {
			panic(fmt.Sprintf("tag %s of %s: %v", tag, f.goName, err))
		}
		return int64(limit), true
	}
	limit, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("tag %s of %s: %v", tag, f.goName, err))
	}
	return limit, true
}

// shown is the value as a person writes it.
func (f field) shown() string { return fmt.Sprint(f.value.Interface()) }

// Attrs returns the current settings as log attributes, under the names of their
// variables; a secret shows only whether it is set.
func Attrs(target any) []slog.Attr {
	var attrs []slog.Attr
	for _, f := range fieldsOf(target) {
		shown := f.shown()
		if f.tag.Get("secret") == "true" && shown != "" {
			shown = "(set)"
		}
		attrs = append(attrs, slog.String(f.name, shown))
	}
	return attrs
}
