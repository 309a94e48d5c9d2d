package httpapi

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func loadDocument(t *testing.T, raw []byte) *openapi3.T {
	t.Helper()
	loaded, err := openapi3.NewLoader().LoadFromData(raw)
	require.NoError(t, err)
	return loaded
}

func written(t *testing.T) []byte {
	t.Helper()
	raw, err := Document("test")
	require.NoError(t, err)
	return raw
}

func TestDocument_namesTheVersion(t *testing.T) {
	w := newWorld()
	got := w.do(t, http.MethodGet, "/openapi.json", "")
	require.Equal(t, 200, got.Code)
	assert.Equal(t, "1.2.3", loadDocument(t, got.Body.Bytes()).Info.Version)
}

// TestDocument_describesTheAnswers holds the document against the answers to
// every case of the contract, and against the set of routes.
func TestDocument_describesTheAnswers(t *testing.T) {
	w := newWorld()
	handler := w.handler(t)
	document := loadDocument(t, written(t))
	router, err := gorillamux.NewRouter(document)
	require.NoError(t, err)
	raw, err := os.ReadFile("../../internal/payload/testdata/cases.json")
	require.NoError(t, err)
	var cases []struct {
		Name        string
		ContentType string `json:"content_type"`
		Body        string
		Status      int
	}
	require.NoError(t, json.Unmarshal(raw, &cases))
	statuses := map[int]bool{}
	for _, c := range cases {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ingest", strings.NewReader(c.Body))
		request.Header.Set("Content-Type", c.ContentType)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		require.Equal(t, c.Status, recorder.Code, c.Name)
		statuses[c.Status] = true

		route, params, err := router.FindRoute(request)
		require.NoError(t, err)
		err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route},
			Status:                 recorder.Code,
			Header:                 recorder.Header(),
			Body:                   io.NopCloser(recorder.Body),
			Options:                &openapi3filter.Options{IncludeResponseStatus: true},
		})
		require.NoError(t, err, c.Name)
	}
	assert.Len(t, statuses, 5, "200, 400, 401, 403, 422")
}

// TestDocument_describesTheRequests holds what the document allows against
// what the API takes, for the cases in which the form alone decides.
func TestDocument_describesTheRequests(t *testing.T) {
	schema := loadDocument(t, written(t)).Components.Schemas["Payload"].Value
	for body, taken := range map[string]bool{
		payloadOf("1", "c"):    true,
		payloadOf(`"1"`, "c"):  true,
		payloadOf("1.5", "c"):  true,
		payloadOf("true", "c"): true,
		payloadOf("null", "c"): false,
		payloadOf("[]", "c"):   false,
		`{"data":{}}`:          false,
		`{"token":"x"}`:        false,
		`5`:                    false,
		strings.Replace(payloadOf("1", "c"), `"`+right+`"`, "{}", 1): false,
	} {
		var value any
		require.NoError(t, json.Unmarshal([]byte(body), &value))
		assert.Equal(t, taken, schema.VisitJSON(value) == nil, body)
		status := newWorld().do(t, http.MethodPost, "/ingest", body).Code
		assert.Equal(t, !taken, status == http.StatusUnprocessableEntity, body)
	}
}

func TestDocument_hasEveryRoute(t *testing.T) {
	document := loadDocument(t, written(t))
	got := []string{}
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			got = append(got, method+" "+path)
		}
	}
	assert.ElementsMatch(t, []string{"GET /healthz", "POST /ingest"}, got)
}
