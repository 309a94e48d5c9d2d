// Package message describes the messages in the queue: JSON that the api writes
// and the worker reads, and that S3 stores byte for byte.
package message

import (
	"time"
	"unicode/utf8"
)

// MaxBytes is the largest message that the queue takes: 256 KiB, the
// maximumMessageSize that the queue is made with.
const MaxBytes = 262_144

// MaxTimestampDigits bounds a timestamp, so that the key of its object stays
// below S3's 1,024 bytes.
const MaxTimestampDigits = 512

// timeLayout is Python's isoformat of an aware UTC datetime, which the
// original wrote.
const timeLayout = "2006-01-02T15:04:05.000000+00:00"

// Encode writes the queue message: one JSON object, its fields in a fixed
// order, spaced as Python's json.dumps spaces it. It is pure ASCII, everything
// else as \uXXXX, so that nothing is altered on its way and SQS, which refuses
// some characters, refuses none.
func Encode(f Fields, receivedAt time.Time) []byte {
	out := make([]byte, 0, Size(f))
	for i, field := range declared {
		out = append(out, starts[i]...)
		if field.Integer {
			out = append(out, f.get(i)...)
		} else {
			out = appendString(out, f.get(i))
		}
	}
	out = append(out, receivedStart...)
	out = receivedAt.UTC().AppendFormat(out, timeLayout)
	return append(out, `"}`...)
}

const receivedStart = `, "received_at": "`

// starts are the texts before each field's value: its name, quoted.
var starts = func() []string {
	all := make([]string, len(declared))
	before := "{"
	for i, field := range declared {
		all[i] = before + `"` + field.Name + `": `
		before = ", "
	}
	return all
}()

// Size is how many bytes Encode writes, found without writing them.
func Size(f Fields) int {
	size := len(receivedStart) + len(timeLayout) + len(`"}`)
	for i, field := range declared {
		size += len(starts[i])
		if field.Integer {
			size += len(f.get(i))
		} else {
			size += len(`""`) + quotedSize(f.get(i))
		}
	}
	return size
}

// FormatTime writes a time as received_at holds it.
func FormatTime(at time.Time) string { return at.UTC().Format(timeLayout) }

const hexDigits = "0123456789abcdef"

// appendString appends text as a JSON string as Python's json.dumps writes it.
func appendString(out []byte, text string) []byte {
	out = append(out, '"')
	plain := 0
	for i := 0; i < len(text); {
		if char := text[i]; char >= ' ' && char < utf8.RuneSelf-1 && char != '"' && char != '\\' {
			i++
			continue
		}
		out = append(out, text[plain:i]...)
		char, size := decode(text[i:])
		out = appendEscaped(out, char)
		i += size
		plain = i
	}
	out = append(out, text[plain:]...)
	return append(out, '"')
}

// quotedSize is how many bytes appendString writes between the quotes.
func quotedSize(text string) int {
	size := 0
	for i := 0; i < len(text); {
		if char := text[i]; char >= ' ' && char < utf8.RuneSelf-1 && char != '"' && char != '\\' {
			i++
			size++
			continue
		}
		char, width := decode(text[i:])
		i += width
		size += escapedSize(char)
	}
	return size
}

func escapedSize(char rune) int {
	const unit = len(`\uXXXX`)
	switch {
	case char == 0x7f:
		return 1
	case char == '"', char == '\\', char == '\n', char == '\r', char == '\t', char == '\b', char == '\f':
		return 2
	case char >= 0x10000:
		return 2 * unit
	default:
		return unit
	}
}

func appendEscaped(out []byte, char rune) []byte {
	switch char {
	case '"', '\\':
		return append(out, '\\', byte(char))
	case '\n':
		return append(out, `\n`...)
	case '\r':
		return append(out, `\r`...)
	case '\t':
		return append(out, `\t`...)
	case '\b':
		return append(out, `\b`...)
	case '\f':
		return append(out, `\f`...)
	case 0x7f:
		// Python leaves DEL as it is, and so does SQS.
		return append(out, 0x7f)
	}
	if char >= 0x10000 {
		char -= 0x10000
		out = appendUnit(out, 0xd800+char>>10)
		return appendUnit(out, 0xdc00+char&0x3ff)
	}
	return appendUnit(out, char)
}

func appendUnit(out []byte, unit rune) []byte {
	return append(out, '\\', 'u', hexDigits[unit>>12&0xf], hexDigits[unit>>8&0xf], hexDigits[unit>>4&0xf], hexDigits[unit&0xf])
}

// decode is utf8.DecodeRuneInString that also takes a surrogate.
func decode(text string) (char rune, size int) {
	char, size = utf8.DecodeRuneInString(text)
	if char == utf8.RuneError && size == 1 && len(text) >= 3 && text[0] == 0xed && text[1] >= 0xa0 {
		return 0xd000 | rune(text[1]&0x3f)<<6 | rune(text[2]&0x3f), 3
	}
	return char, size
}

// ObjectKey is the key under which the message is stored. It follows from the
// message alone, so that a redelivery, even after midnight, finds its own
// object. sentAt is SQS's SentTimestamp, for a message without a usable
// received_at.
func ObjectKey(payloadVersion, environment string, m Message, sqsMessageID string, sentAt time.Time) string {
	day := m.ReceivedAt
	if day.IsZero() {
		day = sentAt
	}
	return Prefix(payloadVersion, environment) + day.UTC().Format("2006/01/02/") +
		m.Timestream + "_msgid=" + sqsMessageID + ".json"
}

// Prefix is what the keys of all objects of an environment begin with.
func Prefix(payloadVersion, environment string) string {
	return "emails/" + payloadVersion + "/" + environment + "/"
}
