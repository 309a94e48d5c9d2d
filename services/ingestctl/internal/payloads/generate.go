package payloads

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"

	"github.com/ingest-iac/ingest/services/internal/message"
)

// Generator makes payloads. The same settings make the same payloads.
type Generator struct {
	Count int
	Seed  uint64
	// Bad is the share, from 0 to 1, of payloads that the API has to refuse:
	// in turn a wrong token, no token, a bad timestamp and no fields.
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
			fields := message.Fields{
				Subject:    subjects[random.IntN(len(subjects))],
				Sender:     senders[random.IntN(len(senders))],
				Timestream: strconv.Itoa(firstTimestamp + random.IntN(365*24*3600)),
				Content:    fmt.Sprintf("Generated payload %d of seed %d.", n+1, g.Seed),
			}
			payload, err := Of(fields)
			if random.Float64() < g.Bad {
				payload, err = spoiled(fields, bad)
				bad++
			}
			if !yield(payload, err) || err != nil {
				return
			}
		}
	}
}

// spoiled is one of the four kinds of payload that the API refuses.
func spoiled(fields message.Fields, kind int) (Payload, error) {
	switch kind % 4 {
	case 0:
		payload, err := Of(fields)
		payload.Token = json.RawMessage(`"wrong-token"`)
		return payload, err
	case 1:
		payload, err := Of(fields)
		payload.Token = json.RawMessage(`null`)
		return payload, err
	case 2:
		fields.Timestream = "not-a-timestamp"
		return Of(fields)
	default:
		return Payload{Data: json.RawMessage(`{}`)}, nil
	}
}
