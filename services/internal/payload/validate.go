package payload

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

const (
	fieldSubject    = "email_subject"
	fieldSender     = "email_sender"
	fieldTimestream = "email_timestream"
	fieldContent    = "email_content"
)

// wanted names the members that validation looks at.
func wanted(key string) bool {
	switch key {
	case "data", "token", fieldSubject, fieldSender, fieldTimestream, fieldContent:
		return true
	default:
		return false
	}
}

func loc(path ...any) []any { return append([]any{"body"}, path...) }

func invalid(issues ...Issue) error { return &InvalidError{Detail: issues} }

// validate holds a parsed body against the form that is asked for.
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
		request.Fields.Subject = check.text(data, fieldSubject)
		request.Fields.Sender = check.text(data, fieldSender)
		request.Timestamp = check.timestamp(data)
		request.Fields.Content = check.text(data, fieldContent)
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
func (c *checker) timestamp(data value) Timestamp {
	member, ok := c.member(data, fieldTimestream)
	if !ok {
		return Timestamp{}
	}
	if member.kind == kindList || member.kind == kindDict {
		c.add(notInteger, typeInteger, "data", fieldTimestream)
		c.add(notString, typeString, "data", fieldTimestream)
		return Timestamp{}
	}
	return Timestamp{given: member}
}
