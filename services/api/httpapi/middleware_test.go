package httpapi

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/stretchr/testify/assert"
)

func TestLongPathAndMethod_areCutInTheLog(t *testing.T) {
	for _, c := range []struct{ method, path string }{
		{"GET", "/" + strings.Repeat("%01", 5000)},
		{"GET", "/" + strings.Repeat("é", 5000)},
		{"GET", "/" + strings.Repeat("%22%5c", 2500)},
		{strings.Repeat("M", 5000), "/"},
	} {
		w := newWorld()
		w.do(t, c.method, c.path, "")
		assert.Less(t, w.log.Len(), 600, "%s", w.log.String())
		assert.Contains(t, w.log.String(), `"status":404`)
	}
}

func TestPanic_isAnsweredAndLoggedWithItsPlace(t *testing.T) {
	w := newWorld()
	w.Publisher = fakePublisher{func(context.Context, publisher.Message) (string, error) { panic("boom") }}
	got := w.do(t, http.MethodPost, "/ingest", payloadOf("1", "c"))
	assert.Equal(t, 500, got.Code)
	assert.JSONEq(t, `{"detail":"Internal Server Error"}`, got.Body.String())
	assert.Contains(t, w.log.String(), `"reason":"boom"`)
	assert.Contains(t, w.log.String(), "TestPanic_isAnsweredAndLoggedWithItsPlace", "the stack")
}

func TestCounts_areAnswersToPostedPayloads(t *testing.T) {
	w := newWorld()
	w.do(t, http.MethodPost, "/ingest", payloadOf("1", "c"))
	assert.EqualValues(t, 1, w.Counts.Accepted.Load())
	assert.Zero(t, w.Counts.Rejected.Load())

	w.do(t, http.MethodPost, "/ingest", `{}`)
	w.do(t, http.MethodPost, "/ingest", strings.Replace(payloadOf("1", "c"), right, "wrong", 1))
	w.Publisher = fakePublisher{func(context.Context, publisher.Message) (string, error) { panic("boom") }}
	w.do(t, http.MethodPost, "/ingest", payloadOf("1", "c"))
	assert.EqualValues(t, 3, w.Counts.Rejected.Load(), "a panic is answered with 500")

	for _, other := range []string{"GET /healthz", "GET /ingest", "POST /ingest/", "POST /x"} {
		method, path, _ := strings.Cut(other, " ")
		w.do(t, method, path, "")
	}
	assert.EqualValues(t, 1, w.Counts.Accepted.Load())
	assert.EqualValues(t, 3, w.Counts.Rejected.Load())
}

func TestLog_hasNeitherTokenNorContent(t *testing.T) {
	w := newWorld()
	w.do(t, http.MethodPost, "/ingest", payloadOf("1", "very private"))
	w.do(t, http.MethodPost, "/ingest", strings.Replace(payloadOf("1", "very private"), right, "wrong-secret", 1))
	w.do(t, http.MethodPost, "/ingest", `{"data":"very private"`)
	for _, secret := range []string{right, "wrong-secret", "very private"} {
		assert.NotContains(t, w.log.String(), secret)
	}
	assert.Contains(t, w.log.String(), `"message_id":"id-1"`)
}
