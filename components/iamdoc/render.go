package iamdoc

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// object writes name and value pairs in the order given; a Go map would put
// Version after Statement, against IAM's usual order.
func object(pairs ...any) json.RawMessage {
	var out bytes.Buffer
	out.WriteByte('{')
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(text(pairs[i].(string)))
		out.WriteByte(':')
		out.Write(pairs[i+1].(json.RawMessage)) //nolint:gosec // G602: names and values come in pairs
	}
	out.WriteByte('}')
	return out.Bytes()
}

func list(items []json.RawMessage) json.RawMessage {
	return slices.Concat([]byte{'['}, bytes.Join(asBytes(items), []byte{','}), []byte{']'})
}

func asBytes(items []json.RawMessage) [][]byte {
	out := make([][]byte, len(items))
	for i, item := range items {
		out[i] = item
	}
	return out
}

// values writes one value as it is and several as a sorted list, each once: IAM
// keeps them as sets, and gives a list of one back as a value.
func values(all []string) json.RawMessage {
	sorted := slices.Compact(slices.Sorted(slices.Values(all)))
	if len(sorted) == 1 {
		return text(sorted[0])
	}
	items := make([]json.RawMessage, len(sorted))
	for i, value := range sorted {
		items[i] = text(value)
	}
	return list(items)
}

// text writes a string without the escapes that JSON in HTML would need.
func text(value string) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	// A string can always be encoded.
	_ = encoder.Encode(value)
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
