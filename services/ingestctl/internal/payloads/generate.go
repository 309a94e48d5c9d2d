package payloads

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
)

// Generator makes payloads. The same settings make the same payloads.
type Generator struct {
	Count int
	Seed  uint64
	// Bad is the share, from 0 to 1, of payloads that the API has to refuse:
	// in turn a wrong token, none, a bad timestamp and none.
	Bad float64
}

var (
	senders  = []string{"ada@example.com", "grace@example.com", "linus@example.com", "שרה@example.com"}
	subjects = []string{"Happy new year!", "Invoice", "Meeting notes", "Zażółć gęślą jaźń", "Re: your order"}
)

// firstTimestamp is 2023-09-01T09:38:21Z, which the original's examples carry.
const firstTimestamp = 1693561101

// All yields Count payloads.
func (g Generator) All() iter.Seq2[Payload, error] {
	return func(yield func(Payload, error) bool) {
		//nolint:gosec // test data, reproducible from its seed
		random := rand.New(rand.NewPCG(g.Seed, g.Seed))
		bad := 0
		for n := range g.Count {
			email := Email{
				Subject:    subjects[random.IntN(len(subjects))],
				Sender:     senders[random.IntN(len(senders))],
				Timestream: firstTimestamp + random.IntN(365*24*3600),
				Content:    fmt.Sprintf("Generated payload %d of seed %d.", n+1, g.Seed),
			}
			var token json.RawMessage
			if random.Float64() < g.Bad {
				token = spoil(&email, bad)
				bad++
			}
			payload, err := Of(email)
			payload.Token = token
			if !yield(payload, err) || err != nil {
				return
			}
		}
	}
}

// spoil makes an email one of the four kinds that the API refuses and returns
// the token that it is sent with, nil for the right one.
func spoil(email *Email, kind int) json.RawMessage {
	switch kind % 4 {
	case 0:
		return json.RawMessage(`"wrong-token"`)
	case 1:
		return json.RawMessage(`null`)
	case 2:
		email.Timestream = "not-a-timestamp"
	default:
		email.Timestream = nil
	}
	return nil
}
