package payloads

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode"
)

// Read yields the payloads in r one by one: a JSON array of them, or objects
// one after another, as in NDJSON. It stops at the first that is none, with an
// error that says which.
func Read(r io.Reader) iter.Seq2[Payload, error] {
	return func(yield func(Payload, error) bool) {
		buffered := bufio.NewReader(r)
		array, err := startsArray(buffered)
		if err != nil {
			yield(Payload{}, err)
			return
		}
		decoder := json.NewDecoder(buffered)
		if array {
			// startsArray saw the bracket, so that this cannot fail.
			_, _ = decoder.Token()
		}
		for n := 1; !array || decoder.More(); n++ {
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
				yield(Payload{}, fmt.Errorf("reading payload %d: %w", n, err))
				return
			}
			if !yield(payload, nil) {
				return
			}
		}
		if _, err := decoder.Token(); err != nil {
			yield(Payload{}, fmt.Errorf("reading the end of the array: %w", err))
		}
	}
}

func startsArray(r *bufio.Reader) (bool, error) {
	for {
		char, _, err := r.ReadRune()
		if errors.Is(err, io.EOF) {
			return false, errors.New("there is no payload in the input")
		}
		if err != nil {
			return false, fmt.Errorf("reading payloads: %w", err)
		}
		if unicode.IsSpace(char) {
			continue
		}
		if err := r.UnreadRune(); err != nil {
			return false, fmt.Errorf("reading payloads: %w", err)
		}
		return char == '[', nil
	}
}
