// Package payloads reads, makes and writes what ingestctl sends.
package payloads

import (
	"encoding/json"
	"fmt"

	"github.com/ingest-iac/ingest/services/internal/message"
)

// Payload is one request body. One without a token is sent with the target's;
// one that says its token, be it null, is sent as it is.
type Payload struct {
	Data  json.RawMessage `json:"data"`
	Token json.RawMessage `json:"token,omitempty"`
}

// Of makes a payload to be sent with the target's token.
func Of(fields message.Fields) (Payload, error) {
	data, err := json.Marshal(fields)
	if err != nil {
		return Payload{}, fmt.Errorf("encoding a payload: %w", err)
	}
	return Payload{Data: data}, nil
}

// Body is the request body, with token where the payload says none.
func (p Payload) Body(token string) ([]byte, error) {
	if p.Token == nil {
		quoted, err := json.Marshal(token)
		if err != nil {
			return nil, fmt.Errorf("encoding the token: %w", err)
		}
		p.Token = quoted
	}
	body, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encoding a payload: %w", err)
	}
	return body, nil
}

// parse takes a whole request ({"data": …}) or only its data.
func parse(raw json.RawMessage) (Payload, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return Payload{}, fmt.Errorf("a payload is a JSON object, not %.40s", raw)
	}
	data, whole := fields["data"]
	if !whole {
		return Payload{Data: raw}, nil
	}
	return Payload{Data: data, Token: fields["token"]}, nil
}
