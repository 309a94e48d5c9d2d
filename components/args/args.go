// Package args reads what the struct tags of a component's Args declare. A setting
// is declared once, at its field:
//
//		// MaxMessages is the most messages that one poll receives.
//		MaxMessages int `key:"workerMaxMessages" default:"10" validate:"min=1,max=10" description:"Messages of one poll"`
//
//	  - key names the setting in a stack's configuration. A field without a key is
//	    for users of the component only.
//	  - default is the value of an unset field, written as in a configuration file.
//	    A field of a pointer type is unset when it is nil, so that 0 and false can be
//	    given; any other field is unset when it is zero.
//	  - validate holds rules of github.com/go-playground/validator/v10, and the names
//	    of [Formats]. Without "required", an unset field is not checked.
//	  - description is one line for documentation, without default and limits.
//	  - allowed replaces the description of the rules that this package derives.
//
// Fields of nested and embedded structs belong to the same declaration; fields of other types
// than string, int, bool, *int, *bool, []string and map[string]string carry no
// tags and are ignored.
package args

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strings"

	"github.com/go-playground/validator/v10"
)

// Format is the form that a text must have.
type Format struct {
	// Form matches every allowed text; Not matches no allowed text.
	Form, Not *regexp.Regexp
	// Allowed completes the sentence "allowed is …".
	Allowed string
}

// Formats are formats by the name that a validate tag calls them.
type Formats map[string]Format

// Field is one declared setting.
type Field struct {
	// Path is the field's name in Go: "Worker.MaxMessages".
	Path string
	// Key is the setting's name in a stack's configuration, or empty.
	Key string
	// Type is string, integer, boolean, array or object, as Pulumi.yaml calls it.
	Type string
	// Default is the value of an unset field, or empty.
	Default string
	// Required reports whether the field has to be set.
	Required bool
	// Allowed describes the values that the rules accept, or is empty.
	Allowed string
	// Description is one line for documentation.
	Description string

	index []int
	rules string
}

// Schema is what the tags of T declare. Make one with [Declare].
type Schema[T any] struct {
	fields   []Field
	validate *validator.Validate
}

// Declare reads the tags of T, which may use the given formats. It panics on a
// declaration that cannot work, which the first use of the package in any test
// shows.
func Declare[T any](all ...Formats) *Schema[T] {
	s := &Schema[T]{validate: validator.New()}
	formats := Formats{}
	for _, each := range all {
		maps.Copy(formats, each)
	}
	for name, format := range formats {
		matches := func(level validator.FieldLevel) bool {
			text := level.Field().String()
			return format.Form.MatchString(text) && (format.Not == nil || !format.Not.MatchString(text))
		}
		if err := s.validate.RegisterValidation(name, matches); err != nil {
			panic(fmt.Sprintf("args: format %q: %v", name, err))
		}
	}
	s.fields = declared(reflect.TypeFor[T](), "", nil, formats)
	var zero T
	s.SetDefaults(&zero)
	return s
}

// declared lists the fields of a struct and of the structs in it, in their order.
func declared(typ reflect.Type, prefix string, index []int, formats Formats) []Field {
	var fields []Field
	for i := range typ.NumField() {
		member := typ.Field(i)
		at := append(append([]int{}, index...), i)
		kind := configType(member.Type)
		switch {
		case member.Type.Kind() == reflect.Struct && member.Anonymous:
			fields = append(fields, declared(member.Type, prefix, at, formats)...)
		case !member.IsExported():
		case kind != "":
			fields = append(fields, newField(member, prefix, kind, at, formats))
		case member.Type.Kind() == reflect.Struct:
			fields = append(fields, declared(member.Type, prefix+member.Name+".", at, formats)...)
		}
	}
	return fields
}

func newField(member reflect.StructField, prefix, kind string, index []int, formats Formats) Field {
	rules := member.Tag.Get("validate")
	field := Field{
		Path: prefix + member.Name, Key: member.Tag.Get("key"), Type: kind,
		Default: member.Tag.Get("default"), Description: member.Tag.Get("description"),
		Allowed: member.Tag.Get("allowed"), Required: strings.HasPrefix(rules+",", "required,"),
		index: index, rules: rules,
	}
	if field.Key != "" && field.Description == "" {
		panic(fmt.Sprintf("args: %s has a key and no description", field.Path))
	}
	if field.Allowed == "" {
		field.Allowed = allowed(rules, formats)
	}
	return field
}

// configType is a Go type as Pulumi.yaml calls it, or empty for a type that is no
// setting.
// https://www.pulumi.com/docs/iac/concepts/config/#project-level-configuration
func configType(typ reflect.Type) string {
	switch typ {
	case reflect.TypeFor[string]():
		return "string"
	case reflect.TypeFor[int](), reflect.TypeFor[*int]():
		return "integer"
	case reflect.TypeFor[bool](), reflect.TypeFor[*bool]():
		return "boolean"
	case reflect.TypeFor[[]string]():
		return "array"
	case reflect.TypeFor[map[string]string]():
		return "object"
	}
	return ""
}

// Fields are the declared settings in the order of the struct.
func (s *Schema[T]) Fields() []Field { return append([]Field{}, s.fields...) }

// SetDefaults sets every unset field that has a default.
func (s *Schema[T]) SetDefaults(into *T) {
	for _, field := range s.fields {
		value := reflect.ValueOf(into).Elem().FieldByIndex(field.index)
		if field.Default == "" || !value.IsZero() {
			continue
		}
		if err := set(value, field.Default); err != nil {
			panic(fmt.Sprintf("args: %s: its default %q is not %v", field.Path, field.Default, err))
		}
	}
}

// Validate checks every field against its rules. The error joins an [*Error] for
// each field that breaks one.
func (s *Schema[T]) Validate(of *T) error {
	var wrong []error
	for _, field := range s.fields {
		value := reflect.ValueOf(of).Elem().FieldByIndex(field.index)
		if value.Kind() == reflect.Pointer && !value.IsNil() {
			value = value.Elem()
		} else if value.IsZero() && value.Kind() != reflect.Int && value.Kind() != reflect.Bool && !field.Required {
			continue
		}
		if field.rules == "" {
			continue
		}
		var broken validator.ValidationErrors
		if err := s.validate.Var(value.Interface(), field.rules); errors.As(err, &broken) {
			wrong = append(wrong, &Error{Field: field.Path, Value: broken[0].Value(), Allowed: field.Allowed})
		}
	}
	return errors.Join(wrong...)
}

// Decode sets the field of every key from the texts of a stack's configuration;
// lookup reports the text of a key and whether there is one. A text that is not of
// the field's type is an [*Error]; the error joins all of them.
func (s *Schema[T]) Decode(into *T, lookup func(key string) (string, bool)) error {
	var wrong []error
	for _, field := range s.fields {
		text, found := "", false
		if field.Key != "" {
			text, found = lookup(field.Key)
		}
		if !found || text == "" {
			continue
		}
		if err := set(reflect.ValueOf(into).Elem().FieldByIndex(field.index), text); err != nil {
			wrong = append(wrong, &Error{Field: field.Path, Value: text, Allowed: err.Error()})
		}
	}
	return errors.Join(wrong...)
}
