package deadletter

import (
	"strings"
	"time"

	"github.com/ingest-iac/ingest/services/internal/message"
)

// Verdict is what the worker would make of a message now.
type Verdict struct {
	// Poison is set for a message that can never be stored.
	Poison bool `json:"poison"`
	// Reason is why not.
	Reason string `json:"reason,omitempty"`
	// Key is the object that a redrive would make of it. The message gets a new
	// id then, which is not known before.
	Key string `json:"key,omitempty"`
}

// newID stands where the id of a redriven message will be.
const newID = "<new id>"

// Judge reads a message as the worker does. The version and the environment are
// those of the object's key; now is when it would be sent again.
func Judge(m Message, payloadVersion, environment string, now time.Time) Verdict {
	parsed, err := message.Parse(m.Body)
	if err != nil {
		return Verdict{Poison: true, Reason: strings.TrimPrefix(err.Error(), message.ErrPoison.Error()+": ")}
	}
	if m.IdempotencyKey != "" {
		return Verdict{Key: message.KeyedObjectKey(payloadVersion, environment, m.IdempotencyKey)}
	}
	return Verdict{Key: message.ObjectKey(payloadVersion, environment, parsed, newID, now)}
}

// String is the verdict in a line.
func (v Verdict) String() string {
	if v.Poison {
		return "can never be stored: " + v.Reason
	}
	return "would be stored now"
}
