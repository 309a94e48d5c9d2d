package payload

import (
	"slices"

	"github.com/ingest-iac/ingest/services/internal/message"
)

// Messages and types of pydantic v1.
const (
	missing     = "field required"
	typeMissing = "value_error.missing"
	none        = "none is not an allowed value"
	typeNone    = "type_error.none.not_allowed"
	notDict     = "value is not a valid dict"
	typeDict    = "type_error.dict"
	notString   = "str type expected"
	typeString  = "type_error.str"
	notInteger  = "value is not a valid integer"
	typeInteger = "type_error.integer"
)

// declared are the fields of data, in the order in which they are checked.
var declared = message.Declared()

// wanted reports whether validation reads a member of that name.
func wanted(key string) bool {
	return key == "data" || key == "token" ||
		slices.ContainsFunc(declared, func(field message.Field) bool { return field.Name == key })
}

func loc(path ...any) []any { return append([]any{"body"}, path...) }

func invalid(issues ...Issue) error { return &InvalidError{Detail: issues} }

// validate checks a parsed body against the required form.
func validate(root value) (Request, error) {
	switch {
	case root.kind == kindNone:
		return Request{}, invalid(Issue{Loc: loc(), Msg: missing, Type: typeMissing})
	case !dictLike(root):
		return Request{}, invalid(Issue{Loc: loc(), Msg: notDict, Type: typeDict})
	}
	var check checker
	var request Request
	data, ok := root.members["data"]
	switch {
	case !ok:
		check.add(missing, typeMissing, "data")
	case data.kind == kindNone:
		check.add(none, typeNone, "data")
	case !dictLike(data):
		check.add(notDict, typeDict, "data")
	default:
		for i, field := range declared {
			if field.Integer {
				request.Timestamp = check.timestamp(data, field.Name)
			} else {
				request.Fields.Set(i, check.text(data, field.Name))
			}
		}
	}
	if token, ok := root.members["token"]; ok && token.kind != kindNone {
		if text, ok := str(token); ok {
			request.Token = text
		} else {
			check.add(notString, typeString, "token")
		}
	}
	if check.issues != nil {
		return Request{}, invalid(check.issues...)
	}
	return request, nil
}

// dictLike takes what Python's dict() takes: an empty list or text is a dict
// too. (So is a list of pairs; that one is refused here.)
func dictLike(v value) bool {
	return v.kind == kindDict || (v.kind == kindList && v.length == 0) || (v.kind == kindString && v.text == "")
}

// checker collects the faults of a body.
type checker struct{ issues []Issue }

func (c *checker) add(msg, kind string, path ...any) {
	c.issues = append(c.issues, Issue{Loc: loc(path...), Msg: msg, Type: kind})
}

// member is the field of data, if it is there and not null.
func (c *checker) member(data value, field string) (value, bool) {
	member, ok := data.members[field]
	switch {
	case !ok:
		c.add(missing, typeMissing, "data", field)
	case member.kind == kindNone:
		c.add(none, typeNone, "data", field)
	default:
		return member, true
	}
	return value{}, false
}

func (c *checker) text(data value, field string) string {
	member, ok := c.member(data, field)
	if !ok {
		return ""
	}
	text, ok := str(member)
	if !ok {
		c.add(notString, typeString, "data", field)
	}
	return text
}

// timestamp is a Union[int, str]: anything that is neither is refused as both.
func (c *checker) timestamp(data value, field string) Timestamp {
	member, ok := c.member(data, field)
	if !ok {
		return Timestamp{}
	}
	if member.kind == kindList || member.kind == kindDict {
		c.add(notInteger, typeInteger, "data", field)
		c.add(notString, typeString, "data", field)
		return Timestamp{}
	}
	return Timestamp{given: member}
}
