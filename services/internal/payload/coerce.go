package payload

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"github.com/ingest-iac/ingest/services/internal/message"
)

// str is what pydantic v1 makes of a value for a str field: numbers and
// booleans as Python's str() writes them.
func str(v value) (string, bool) {
	switch v.kind {
	case kindString:
		return v.text, true
	case kindInt:
		if v.text == "-0" {
			return "0", true
		}
		return v.text, true
	case kindFloat:
		return floatRepr(v.float()), true
	case kindBool:
		return strings.ToUpper(v.text[:1]) + v.text[1:], true
	default:
		return "", false
	}
}

// floatRepr is Python's repr of a float: the shortest digits that give the
// number again, with an exponent below 1e-4 and from 1e16 on.
func floatRepr(number float64) string {
	switch {
	case math.IsNaN(number):
		return "nan"
	case math.IsInf(number, 1):
		return "inf"
	case math.IsInf(number, -1):
		return "-inf"
	}
	if size := math.Abs(number); number != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.FormatFloat(number, 'e', -1, 64)
	}
	plain := strconv.FormatFloat(number, 'f', -1, 64)
	if !strings.Contains(plain, ".") {
		plain += ".0"
	}
	return plain
}

// Timestamp is what was given for email_timestream.
type Timestamp struct{ given value }

// Integer is the timestamp in decimal, as Python's int() understands it; false
// where it is not an integer or has more than message.MaxTimestampDigits digits.
func (t Timestamp) Integer() (string, bool) {
	switch t.given.kind {
	case kindInt:
		return canonical(t.given.text)
	case kindString:
		return parseInt(t.given.text)
	case kindBool:
		if t.given.text == "true" {
			return "1", true
		}
		return "0", true
	case kindFloat:
		number := t.given.float()
		if math.IsNaN(number) || math.IsInf(number, 0) {
			return "", false
		}
		if math.Abs(number) < 1<<53 {
			return strconv.FormatInt(int64(number), 10), true
		}
		truncated, _ := big.NewFloat(number).Int(nil)
		return truncated.String(), true
	default:
		return "", false
	}
}

// parseInt is Python's int() of a text: white space around, a sign, decimal
// digits of any script with single underscores between them.
func parseInt(text string) (string, bool) {
	text = strings.TrimFunc(text, unicode.IsSpace)
	var out strings.Builder
	digitBefore := false
	for i, char := range text {
		switch digit, ok := digitOf(char); {
		case ok:
			out.WriteByte('0' + digit)
			digitBefore = true
		case i == 0 && char == '-':
			out.WriteByte('-')
		case i == 0 && char == '+':
		case char == '_' && digitBefore:
			digitBefore = false
		default:
			return "", false
		}
	}
	if !digitBefore {
		return "", false
	}
	return canonical(out.String())
}

// digitOf is the value of a decimal digit of any script. Unicode keeps the ten
// digits of a script together, in order, in ranges of the Nd category.
func digitOf(char rune) (byte, bool) {
	if char >= '0' && char <= '9' {
		return byte(char - '0'), true
	}
	if char < 0x80 || !unicode.Is(unicode.Nd, char) {
		return 0, false
	}
	first := char
	for unicode.Is(unicode.Nd, first-1) && char-first < 63 {
		first--
	}
	return byte((char - first) % 10), true //nolint:gosec // G115: below 10
}

// canonical takes leading zeros and a negative zero's sign away.
func canonical(literal string) (string, bool) {
	sign, digits := "", literal
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > message.MaxTimestampDigits {
		return "", false
	}
	if digits == "" {
		return "0", true
	}
	return sign + digits, true
}
