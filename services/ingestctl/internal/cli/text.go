package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// clock is a time as results show it: in UTC, to the second.
func clock(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// seconds is a duration that JSON gives in seconds.
type seconds time.Duration

// MarshalJSON implements json.Marshaler.
func (s seconds) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, time.Duration(s).Seconds(), 'f', -1, 64), nil
}

// validAttempts checks --attempts.
func validAttempts(attempts int) error {
	if attempts < 1 || attempts > 1_000_000 {
		return fmt.Errorf("--attempts is %d; allowed is 1 to 1000000", attempts)
	}
	return nil
}

// since is an age in its two largest units.
func since(age time.Duration) string {
	const day = 24 * time.Hour
	age = max(age, 0)
	switch {
	case age < time.Minute:
		return strconv.Itoa(int(age/time.Second)) + "s"
	case age < time.Hour:
		return fmt.Sprintf("%dm %ds", age/time.Minute, age%time.Minute/time.Second)
	case age < day:
		return fmt.Sprintf("%dh %dm", age/time.Hour, age%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%dd %dh", age/day, age%day/time.Hour)
	}
}

// printable is a text that others have written, without what would move the
// cursor or colour the terminal.
func printable(text string) string {
	var out strings.Builder
	for _, char := range text {
		if unicode.IsPrint(char) || char == '\n' || char == '\t' {
			out.WriteRune(char)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(char)
		out.WriteString(quoted[1 : len(quoted)-1])
	}
	return out.String()
}
