package payloads

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode"
)

// Reader reads the payloads of one input: a JSON array of them, or objects one
// after another, as in NDJSON.
type Reader struct {
	name  string
	input *tracker
}

// NewReader reads from an input, which errors name.
func NewReader(name string, input io.Reader) *Reader {
	return &Reader{name: name, input: &tracker{from: input}}
}

// All yields the payloads one by one. It stops at the first that is not valid,
// with an error that names the input and the line. It can be called once.
func (r *Reader) All() iter.Seq2[Payload, error] {
	return func(yield func(Payload, error) bool) {
		buffered := bufio.NewReader(r.input)
		skipped, array, err := startsArray(buffered)
		if err != nil {
			yield(Payload{}, fmt.Errorf("reading %s: %w", r.name, err))
			return
		}
		decoder := json.NewDecoder(buffered)
		if array {
			// startsArray saw the bracket, so that this cannot fail.
			_, _ = decoder.Token()
		}
		for !array || decoder.More() {
			r.input.consume(skipped + decoder.InputOffset())
			var raw json.RawMessage
			err := decoder.Decode(&raw)
			if !array && errors.Is(err, io.EOF) {
				return
			}
			payload := Payload{}
			if err == nil {
				payload, err = parse(raw)
			}
			if err != nil {
				yield(Payload{}, fmt.Errorf("reading %s, line %d: %w", r.name, r.input.line(), err))
				return
			}
			if !yield(payload, nil) {
				return
			}
		}
		r.input.consume(skipped + decoder.InputOffset())
		if _, err := decoder.Token(); err != nil {
			yield(Payload{}, fmt.Errorf("reading %s, line %d: the array does not end: %w", r.name, r.input.line(), err))
		}
	}
}

// Rest is the input from the payload on that All could not read.
func (r *Reader) Rest() io.Reader {
	return io.MultiReader(bytes.NewReader(r.input.rest()), r.input.from)
}

// tracker keeps what was read of an input and not yet consumed, and counts lines.
type tracker struct {
	from     io.Reader
	kept     []byte
	consumed int64
	newlines int
}

func (t *tracker) Read(into []byte) (int, error) {
	n, err := t.from.Read(into)
	t.kept = append(t.kept, into[:n]...)
	return n, err //nolint:wrapcheck // a reader passes io.EOF on
}

// consume drops what is before an offset.
func (t *tracker) consume(offset int64) {
	done := t.kept[:offset-t.consumed]
	t.newlines += bytes.Count(done, []byte("\n"))
	t.kept, t.consumed = t.kept[len(done):], offset
}

// rest is what was not consumed, without what is between two payloads.
func (t *tracker) rest() []byte {
	return bytes.TrimLeftFunc(t.kept, func(char rune) bool { return unicode.IsSpace(char) || char == ',' })
}

// line is that on which the rest begins, from 1.
func (t *tracker) line() int {
	between := t.kept[:len(t.kept)-len(t.rest())]
	return 1 + t.newlines + bytes.Count(between, []byte("\n"))
}

// startsArray reports whether the first character that is not space begins an
// array, and how many bytes of space there are before it.
func startsArray(r *bufio.Reader) (skipped int64, array bool, err error) {
	for {
		char, size, err := r.ReadRune()
		if errors.Is(err, io.EOF) {
			return skipped, false, errors.New("there is no payload in the input")
		}
		if err != nil {
			return skipped, false, err //nolint:wrapcheck // All names the input
		}
		if unicode.IsSpace(char) {
			skipped += int64(size)
			continue
		}
		// It follows a ReadRune that succeeded.
		_ = r.UnreadRune()
		return skipped, char == '[', nil
	}
}
