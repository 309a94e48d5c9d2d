// Package contract holds the real api program, over HTTP, against the answers
// of the system that it replaces.
package contract

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/testing/otlp"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	status := m.Run()
	proctest.Clean()
	os.Exit(status)
}

// cases are the original's answers; the decoding's tests read the same file.
const cases = "../../internal/payload/testdata/cases.json"

type contractCase struct {
	Name        string
	ContentType *string `json:"content_type"`
	Body        string
	Status      int
	Response    map[string]any
	Message     map[string]any
}

func readCases(t *testing.T) []contractCase {
	t.Helper()
	file, err := os.Open(cases)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	decoder := json.NewDecoder(file)
	decoder.UseNumber()
	var all []contractCase
	require.NoError(t, decoder.Decode(&all))
	require.Len(t, all, 50)
	return all
}

func TestContract_recordedAnswers_areGiven(t *testing.T) {
	t.Run("without traces", func(t *testing.T) { holdCases(t, nil) })
	t.Run("with traces", func(t *testing.T) {
		collector := otlp.Start(t)
		api := holdCases(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL})
		_, status := api.Stop()
		assert.Zero(t, status)
		requests := 0
		for _, span := range collector.Spans() {
			if span.Name == "POST /ingest" {
				requests++
			}
		}
		assert.Equal(t, len(readCases(t)), requests)
	})
}

// holdCases compares the answers of an api with those of the original.
func holdCases(t *testing.T, more map[string]string) *proctest.Program {
	t.Helper()
	aws, err := fakeaws.Start(fakeaws.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, aws.Close()) })
	seeded, err := aws.Seed(fakeaws.Seed{})
	require.NoError(t, err)
	environ := map[string]string{
		"AWS_REGION": fakeaws.Region, "AWS_ENDPOINT_URL": aws.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"SSM_TOKEN_PARAM": fakeaws.LocalParameter, "SQS_QUEUE_URL": seeded.QueueURL,
	}
	maps.Copy(environ, more)
	api := proctest.Launch(t, "api", "PORT", environ)
	for _, c := range readCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			status, response := post(t, api.URL("/ingest"), c)
			require.Equal(t, c.Status, status, response)
			if status != http.StatusOK {
				assert.Equal(t, withoutParserWords(c.Response), withoutParserWords(response))
				return
			}
			holdAccepted(t, aws, c, response)
		})
	}
	accepted := 0
	for _, c := range readCases(t) {
		if c.Message != nil {
			accepted++
		}
	}
	assert.Len(t, aws.SQS.Messages(fakeaws.LocalQueue), accepted, "messages in the queue")
	assert.NotContains(t, api.Log.String(), fakeaws.LocalToken)
	assert.NotContains(t, api.Log.String(), "Happy new year")
	return api
}

func post(t *testing.T, url string, c contractCase) (status int, response map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(c.Body))
	require.NoError(t, err)
	if c.ContentType != nil {
		request.Header.Set("Content-Type", *c.ContentType)
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	assert.Equal(t, "application/json", strings.Split(answer.Header.Get("Content-Type"), ";")[0])
	raw, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&response), string(raw))
	return answer.StatusCode, response
}

// withoutParserWords leaves of a json_invalid only what every parser agrees on:
// its type, and that it concerns the body.
func withoutParserWords(response map[string]any) map[string]any {
	issues, _ := response["detail"].([]any)
	for i, issue := range issues {
		fields, ok := issue.(map[string]any)
		if !ok || fields["type"] != "json_invalid" {
			continue
		}
		place, _ := fields["loc"].([]any)
		issues[i] = map[string]any{"type": fields["type"], "loc": place[:1]}
	}
	return response
}

// holdAccepted compares the answer's id and time with the message that is in
// the queue, and that with what the original queued.
func holdAccepted(t *testing.T, aws *fakeaws.Server, c contractCase, response map[string]any) {
	t.Helper()
	assert.Len(t, response, 3)
	assert.Equal(t, "accepted", response["status"])
	received, err := time.Parse(time.RFC3339, response["received_at"].(string))
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), received, time.Minute)
	assert.Equal(t, time.UTC, received.UTC().Location())

	for _, m := range aws.SQS.Messages(fakeaws.LocalQueue) {
		if m.ID != response["message_id"] {
			continue
		}
		decoder := json.NewDecoder(strings.NewReader(m.Body))
		decoder.UseNumber()
		var queued map[string]any
		require.NoError(t, decoder.Decode(&queued))
		want := map[string]any{"received_at": response["received_at"]}
		for field, value := range c.Message {
			want[field] = value
		}
		assert.Equal(t, want, queued)
		return
	}
	require.Fail(t, "no such message in the queue", "%v", response)
}
