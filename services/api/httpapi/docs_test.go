package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDocs_areInTheBinary(t *testing.T) {
	w := newWorld()
	for _, path := range []string{"/docs", "/docs/"} {
		page := w.do(t, http.MethodGet, path, "")
		assert.Equal(t, 200, page.Code)
		assert.Contains(t, page.Body.String(), "/openapi.json")
		assert.NotRegexp(t, `(src|href)="(https?:)?//`, page.Body.String())
	}
	asset := w.do(t, http.MethodGet, "/docs/swagger-ui-bundle.js", "")
	assert.Equal(t, 200, asset.Code)
	assert.Contains(t, asset.Header().Get("Content-Type"), "javascript")
	assert.Greater(t, asset.Body.Len(), 1_000_000)
	assert.Equal(t, 200, w.do(t, http.MethodGet, "/docs/favicon-32x32.png", "").Code)
	assert.Equal(t, 404, w.do(t, http.MethodGet, "/docs/swagger-ui-bundle.js.gz", "").Code)
}

func TestDocsAssets_areSentCompressedToClientsThatAcceptIt(t *testing.T) {
	w := newWorld()
	handler := w.handler(t)
	get := func(accepted string) *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/docs/swagger-ui.css", http.NoBody)
		request.Header.Set("Accept-Encoding", accepted)
		handler.ServeHTTP(recorder, request)
		require.Equal(t, 200, recorder.Code)
		assert.Equal(t, strconv.Itoa(recorder.Body.Len()), recorder.Header().Get("Content-Length"))
		return recorder
	}
	plain := get("").Body.String()
	for accepted, compressed := range map[string]bool{
		"gzip, deflate, br": true, "br;q=1.0, gzip;q=0.5": true, "gzip;q=0": false, "identity": false, "gzip; q=0.0": false,
	} {
		got := get(accepted)
		assert.Equal(t, compressed, got.Header().Get("Content-Encoding") == "gzip", accepted)
		assert.Equal(t, "Accept-Encoding", got.Header().Get("Vary"))
		content := got.Body.String()
		if compressed {
			inflated, err := inflate([]byte(content))
			require.NoError(t, err)
			content = string(inflated)
		}
		assert.Equal(t, plain, content, accepted)
	}
}
