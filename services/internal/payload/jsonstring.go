package payload

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// str reads a string from behind its opening quote.
func (p *parser) str() (string, error) {
	begin := p.at - 1
	start := p.at
	for p.at < len(p.text) {
		switch char := p.text[p.at]; {
		case char == '"':
			p.at++
			return p.text[start : p.at-1], nil
		case char == '\\':
			return p.escaped(begin, start)
		case char < ' ':
			return "", p.fail("Invalid control character at", p.at)
		default:
			p.at++
		}
	}
	return "", p.fail("Unterminated string starting at", begin)
}

// escaped reads on from the first backslash of a string.
func (p *parser) escaped(begin, start int) (string, error) {
	var out strings.Builder
	out.Grow(p.at - start + 32)
	out.WriteString(p.text[start:p.at])
	for p.at < len(p.text) {
		switch char := p.text[p.at]; {
		case char == '"':
			p.at++
			return out.String(), nil
		case char == '\\':
			if err := p.escape(begin, &out); err != nil {
				return "", err
			}
		case char < ' ':
			return "", p.fail("Invalid control character at", p.at)
		default:
			out.WriteByte(char)
			p.at++
		}
	}
	return "", p.fail("Unterminated string starting at", begin)
}

var shortEscapes = map[byte]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape reads one escape sequence.
func (p *parser) escape(begin int, out *strings.Builder) error {
	backslash := p.at
	p.at++
	if p.at >= len(p.text) {
		return p.fail("Unterminated string starting at", begin)
	}
	if p.text[p.at] != 'u' {
		char, known := shortEscapes[p.text[p.at]]
		if !known {
			return p.fail("Invalid \\escape", backslash)
		}
		out.WriteByte(char)
		p.at++
		return nil
	}
	unit, err := p.unit()
	if err != nil {
		return err
	}
	if unit >= 0xd800 && unit < 0xdc00 && strings.HasPrefix(p.text[p.at:], `\u`) {
		// A pair is one character; a high surrogate before anything else stays
		// as it is, and what follows it is read again.
		before := p.at
		p.at++
		low, err := p.unit()
		if err != nil {
			return err
		}
		if low >= 0xdc00 && low < 0xe000 {
			out.WriteRune((unit-0xd800)<<10 | (low - 0xdc00) + 0x10000)
			return nil
		}
		p.at = before
	}
	writeUnit(out, unit)
	return nil
}

// unit reads the uXXXX behind a backslash.
func (p *parser) unit() (rune, error) {
	digits := p.text[p.at+1:]
	if len(digits) >= 4 {
		if unit, err := strconv.ParseUint(digits[:4], 16, 16); err == nil {
			p.at += 5
			return rune(unit), nil
		}
	}
	return 0, p.fail("Invalid \\uXXXX escape", p.at)
}

// writeUnit writes a character, a surrogate as the three bytes that UTF-8
// would have for it.
func writeUnit(out *strings.Builder, unit rune) {
	if unit < 0xd800 || unit > 0xdfff {
		out.WriteRune(unit)
		return
	}
	out.Write([]byte{0xe0 | byte(unit>>12), 0x80 | byte(unit>>6&0x3f), 0x80 | byte(unit&0x3f)})
}

// text decodes a body as Python does: UTF-8 with or without a byte order mark,
// in which an encoded surrogate may stand.
func text(body string) (string, bool) {
	decoded := strings.TrimPrefix(body, "\ufeff")
	if utf8.ValidString(decoded) {
		return decoded, true
	}
	for i := 0; i < len(decoded); {
		_, size := utf8.DecodeRuneInString(decoded[i:])
		if size == 1 && decoded[i] >= utf8.RuneSelf {
			if !surrogate(decoded[i:]) {
				return "", false
			}
			size = 3
		}
		i += size
	}
	return decoded, true
}

func surrogate(text string) bool {
	return len(text) >= 3 && text[0] == 0xed &&
		text[1] >= 0xa0 && text[1] <= 0xbf && text[2] >= 0x80 && text[2] <= 0xbf
}
