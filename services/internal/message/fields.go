package message

import "reflect"

// Fields are an accepted payload, and the one declaration of its fields: their
// order is that in which they are checked and queued, and their tags give the name
// in JSON, an example and the help that the API's document and ingestctl show. A
// field with the tag integer is queued as a number.
//
// Texts are UTF-8 in which a lone surrogate may be encoded as its three bytes (WTF-8),
// since JSON can say one.
type Fields struct {
	Subject string `json:"email_subject" example:"Happy new year!"`
	Sender  string `json:"email_sender" example:"John Doe"`
	// Timestream is an integer in decimal without leading zeros.
	Timestream string `json:"email_timestream" integer:"" example:"1693561101" help:"A unix timestamp: an integer of at most 512 digits, a string of one, or a number that is truncated to one"`
	Content    string `json:"email_content" example:"Just want to say... Happy new year!!!"`
}

// Field is the declaration of one of Fields.
type Field struct {
	// Name is the field's name in JSON.
	Name          string
	Help, Example string
	Integer       bool
}

// declared are the fields in the order of Fields.
var declared = func() []Field {
	fields := make([]Field, 0, 4)
	for field := range reflect.TypeFor[Fields]().Fields() {
		_, integer := field.Tag.Lookup("integer")
		fields = append(fields, Field{
			Name: field.Tag.Get("json"), Help: field.Tag.Get("help"), Example: field.Tag.Get("example"), Integer: integer,
		})
	}
	return fields
}()

// Declared returns the declarations of Fields, in order.
func Declared() []Field { return append([]Field(nil), declared...) }

// Example returns a payload of the examples.
func Example() Fields {
	var example Fields
	for i, field := range declared {
		example.Set(i, field.Example)
	}
	return example
}

// Set sets the field with index i of Declared.
func (f *Fields) Set(i int, value string) { reflect.ValueOf(f).Elem().Field(i).SetString(value) }

// get returns the field with index i of Declared.
func (f *Fields) get(i int) string { return reflect.ValueOf(f).Elem().Field(i).String() }
