package deadletter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestVerdict_isThatOfTheWorker(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for body, want := range map[string]struct {
		verdict Verdict
		text    string
	}{
		`no JSON`: {
			Verdict{Poison: true, Reason: "it is not a JSON object"}, "can never be stored: it is not a JSON object",
		},
		`{"email_subject": "x"}`: {
			Verdict{Poison: true, Reason: "email_timestream is missing"}, "can never be stored: email_timestream is missing",
		},
		`{"email_timestream": "soon"}`: {
			Verdict{Poison: true, Reason: "email_timestream is not an integer of at most 512 digits"},
			"can never be stored: email_timestream is not an integer of at most 512 digits",
		},
		`{"email_timestream": 7, "received_at": "2026-01-02T03:04:05.000000+00:00"}`: {
			Verdict{Key: "emails/v1/prod/2026/01/02/7_msgid=<new id>.json"}, "would be stored now",
		},
		`{"email_timestream": 7}`: {
			Verdict{Key: "emails/v1/prod/2026/03/04/7_msgid=<new id>.json"}, "would be stored now",
		},
	} {
		got := Judge(Message{Body: []byte(body)}, "v1", "prod", now)
		assert.Equal(t, want.verdict, got, body)
		assert.Equal(t, want.text, got.String())
	}
}
