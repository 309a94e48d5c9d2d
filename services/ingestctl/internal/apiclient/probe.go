package apiclient

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/payloads"
	"github.com/ingest-iac/ingest/services/internal/message"
)

// Probe asks the API whether it knows a token, over a connection of its own. The
// payload's timestamp is invalid, so nothing is queued: the token is checked first.
// Attempts is how often it asks in all while the API has trouble.
func Probe(ctx context.Context, url, token string, attempts int) (Answer, error) {
	payload, err := payloads.Of(message.Fields{Timestream: "none"})
	if err != nil {
		return Answer{}, err
	}
	body, err := payload.Body(token)
	if err != nil {
		return Answer{}, err
	}
	client := New(url, attempts, 1)
	defer client.Close()
	return client.Send(ctx, body), nil
}

// KnowsToken reports whether a probe's token was accepted: its timestamp was what
// the API refused.
func (a Answer) KnowsToken() bool { return a.Status == http.StatusBadRequest }

// String is the answer in a few words.
func (a Answer) String() string {
	if a.Status == 0 {
		return "no answer: " + a.Detail
	}
	return fmt.Sprintf("%d %s", a.Status, a.Detail)
}
