package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Message is what the worker needs to know of a message to store it.
type Message struct {
	// Timestream is the email's timestamp in decimal.
	Timestream string
	// ReceivedAt is when the API took the payload; zero where the message does
	// not say it readably.
	ReceivedAt time.Time
}

// timestream is the name of the timestamp in a message.
var timestream = declared[slices.IndexFunc(declared, func(f Field) bool { return f.Integer })].Name

// ErrPoison is what every error of Parse wraps: such a message can never be
// stored.
var ErrPoison = errors.New("message cannot be stored")

// Parse reads a queue message. Its errors wrap ErrPoison and hold none of the
// message's content.
func Parse(body []byte) (Message, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return Message{}, fmt.Errorf("%w: it is not a JSON object", ErrPoison)
	}
	raw, ok := fields[timestream]
	if !ok {
		return Message{}, fmt.Errorf("%w: %s is missing", ErrPoison, timestream)
	}
	number, ok := integer(string(raw))
	if !ok {
		return Message{}, fmt.Errorf("%w: %s is not an integer of at most %d digits", ErrPoison, timestream, MaxTimestampDigits)
	}
	return Message{Timestream: number, ReceivedAt: receivedAt(fields["received_at"])}, nil
}

// integer takes a JSON integer, or a string that holds one: producers other
// than the API have sent both.
func integer(raw string) (string, bool) {
	if strings.HasPrefix(raw, `"`) {
		raw = raw[1 : len(raw)-1]
	}
	digits := strings.TrimPrefix(raw, "-")
	if digits == "" || len(digits) > MaxTimestampDigits {
		return "", false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return "", false
		}
	}
	digits = strings.TrimLeft(digits, "0")
	switch {
	case digits == "":
		return "0", true
	case raw[0] == '-':
		return "-" + digits, true
	default:
		return digits, true
	}
}

// receivedAt is zero for what is missing or no RFC 3339 time.
func receivedAt(raw json.RawMessage) time.Time {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
