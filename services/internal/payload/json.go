package payload

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is the Python type that json.loads makes of a JSON value.
type kind uint8

const (
	kindNone kind = iota
	kindBool
	kindInt
	kindFloat
	kindString
	kindList
	kindDict
)

// value is one JSON value. Of lists only the length is kept, of dicts only
// the members that the caller asked for.
type value struct {
	kind kind
	// text is a string's content (WTF-8), or the literal of a number or bool.
	text    string
	length  int
	members map[string]value
}

// maxDepth bounds nesting as Python's recursion limit does.
const maxDepth = 900

// maxIntDigits is what Python's int() takes from a text.
// https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
const maxIntDigits = 4300

// syntaxError is Python's JSONDecodeError: its message and where, in
// characters, the fault is.
type syntaxError struct {
	message  string
	position int
}

func (e *syntaxError) Error() string { return e.message + " at character " + strconv.Itoa(e.position) }

// unparsable is a body for which the original's parser gave up in another way
// than by naming a fault: it answered 400.
type unparsable struct{ reason string }

func (e *unparsable) Error() string { return e.reason }

// parser reads JSON as Python's json.loads does: NaN and Infinity are numbers,
// the last of several equal keys wins, a lone surrogate is a character.
type parser struct {
	text string
	at   int
	// keep names the members that are kept, at any depth.
	keep func(key string) bool
}

func (p *parser) fail(message string, at int) error {
	return &syntaxError{message: message, position: utf8.RuneCountInString(p.text[:min(at, len(p.text))])}
}

// document reads the one value that the text has to be.
func (p *parser) document() (value, error) {
	p.space()
	read, err := p.value(0, true)
	if err != nil {
		return value{}, err
	}
	p.space()
	if p.at != len(p.text) {
		return value{}, p.fail("Extra data", p.at)
	}
	return read, nil
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// value reads a value; keep says whether to return its members.
func (p *parser) value(depth int, keep bool) (value, error) {
	if depth > maxDepth {
		return value{}, &unparsable{"nested too deeply"}
	}
	if p.at >= len(p.text) {
		return value{}, p.fail("Expecting value", p.at)
	}
	switch p.text[p.at] {
	case '"':
		p.at++
		text, err := p.str()
		return value{kind: kindString, text: text}, err
	case '{':
		return p.object(depth, keep)
	case '[':
		return p.array(depth)
	}
	if word := p.word(); word.text != "" {
		p.at += len(word.text)
		return word, nil
	}
	return p.number()
}

// word is the literal at the parser's place, with an empty text where there is
// none.
func (p *parser) word() value {
	for _, known := range [...]value{
		{kind: kindNone, text: "null"},
		{kind: kindBool, text: "true"},
		{kind: kindBool, text: "false"},
		{kind: kindFloat, text: "NaN"},
		{kind: kindFloat, text: "Infinity"},
		{kind: kindFloat, text: "-Infinity"},
	} {
		if strings.HasPrefix(p.text[p.at:], known.text) {
			return known
		}
	}
	return value{}
}

func (p *parser) array(depth int) (value, error) {
	list := value{kind: kindList}
	p.at++
	p.space()
	if p.at < len(p.text) && p.text[p.at] == ']' {
		p.at++
		return list, nil
	}
	for {
		if _, err := p.value(depth+1, false); err != nil {
			return value{}, err
		}
		list.length++
		p.space()
		if p.at >= len(p.text) || (p.text[p.at] != ',' && p.text[p.at] != ']') {
			return value{}, p.fail("Expecting ',' delimiter", p.at)
		}
		p.at++
		if p.text[p.at-1] == ']' {
			return list, nil
		}
		p.space()
	}
}

func (p *parser) object(depth int, keep bool) (value, error) {
	dict := value{kind: kindDict}
	p.at++
	p.space()
	if p.at < len(p.text) && p.text[p.at] == '}' {
		p.at++
		return dict, nil
	}
	for {
		if p.at >= len(p.text) || p.text[p.at] != '"' {
			return value{}, p.fail("Expecting property name enclosed in double quotes", p.at)
		}
		key, member, err := p.member(depth, keep)
		if err != nil {
			return value{}, err
		}
		if keep && p.keep(key) {
			if dict.members == nil {
				dict.members = make(map[string]value, 4)
			}
			dict.members[key] = member
		}
		dict.length++
		p.space()
		if p.at >= len(p.text) || (p.text[p.at] != ',' && p.text[p.at] != '}') {
			return value{}, p.fail("Expecting ',' delimiter", p.at)
		}
		p.at++
		if p.text[p.at-1] == '}' {
			return dict, nil
		}
		p.space()
	}
}

func (p *parser) member(depth int, keep bool) (key string, member value, err error) {
	p.at++
	if key, err = p.str(); err != nil {
		return "", value{}, err
	}
	p.space()
	if p.at >= len(p.text) || p.text[p.at] != ':' {
		return "", value{}, p.fail("Expecting ':' delimiter", p.at)
	}
	p.at++
	p.space()
	member, err = p.value(depth+1, keep && p.keep(key))
	return key, member, err
}

// number reads what Python's NUMBER_RE matches.
func (p *parser) number() (value, error) {
	start := p.at
	at := p.at
	if at < len(p.text) && p.text[at] == '-' {
		at++
	}
	whole := p.digits(at)
	if whole == at {
		return value{}, p.fail("Expecting value", start)
	}
	if p.text[at] == '0' {
		whole = at + 1
	}
	end, kind := whole, kindInt
	if end < len(p.text) && p.text[end] == '.' {
		if fraction := p.digits(end + 1); fraction > end+1 {
			end, kind = fraction, kindFloat
		}
	}
	if end < len(p.text) && (p.text[end] == 'e' || p.text[end] == 'E') {
		exponent := end + 1
		if exponent < len(p.text) && (p.text[exponent] == '+' || p.text[exponent] == '-') {
			exponent++
		}
		if digits := p.digits(exponent); digits > exponent {
			end, kind = digits, kindFloat
		}
	}
	if kind == kindInt && end-at > maxIntDigits {
		return value{}, &unparsable{"an integer of more than 4300 digits"}
	}
	p.at = end
	return value{kind: kind, text: p.text[start:end]}, nil
}

// digits is where the run of digits from at ends.
func (p *parser) digits(at int) int {
	for at < len(p.text) && p.text[at] >= '0' && p.text[at] <= '9' {
		at++
	}
	return at
}

// float is the number of a kindFloat value.
func (v value) float() float64 {
	switch v.text {
	case "NaN":
		return math.NaN()
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	// Out of range gives an infinity, as in Python.
	number, _ := strconv.ParseFloat(v.text, 64)
	return number
}
