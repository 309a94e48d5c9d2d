// Package docs opens the API's page in a browser, served as `make run` serves it.
package docs

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	status := m.Run()
	proctest.Clean()
	os.Exit(status)
}

// Where Swagger UI has what the test reads and presses.
const (
	title      chromedp.CSS = `.info .title`
	ingest     chromedp.CSS = `.opblock-post`
	summary                 = ingest + ` .opblock-summary-control`
	tryIt                   = ingest + ` .try-out__btn`
	execute                 = ingest + ` .execute`
	answers                 = ingest + ` .live-responses-table .response`
	liveStatus              = answers + ` .response-col_status`
	liveBody                = answers + ` .highlight-code code`
)

// startPipeline runs the program that `make run` builds, and returns its folder
// of objects, too.
func startPipeline(t *testing.T) (pipeline *proctest.Program, objects string) {
	t.Helper()
	objects = t.TempDir()
	return proctest.Launch(t, "local", "API_PORT", map[string]string{"AWS_PORT": "0", "DATA_DIR": objects}), objects
}

func TestPage_rendersWithoutOutsideRequests(t *testing.T) {
	page, seen := browse(t)
	pipeline, _ := startPipeline(t)
	host := publicName + ":" + strconv.Itoa(pipeline.Port)

	require.NoError(t, chromedp.Do(page,
		chromedp.Navigate("http://"+host+"/docs"),
		chromedp.WaitVisible(ingest)))
	heading, err := chromedp.Run(page, chromedp.Text(title))
	require.NoError(t, err)
	// A zero-width space lets the browser break a path after its slash.
	listed, err := chromedp.Run(page, chromedp.Evaluate[[]string](
		`[...document.querySelectorAll(".opblock-summary-path")].map(path => path.textContent.replaceAll("\u200b", ""))`))
	require.NoError(t, err)

	assert.Contains(t, heading, "Ingest")
	assert.ElementsMatch(t, []string{"/healthz", "/ingest"}, listed)
	assert.Empty(t, seen.outside(host))
	assert.Contains(t, seen.paths(host), "/openapi.json", "the recording works")
	assert.Empty(t, seen.wrong())
}

func TestTryItOut_isAnsweredByTheAPI(t *testing.T) {
	page, seen := browse(t)
	pipeline, objects := startPipeline(t)
	host := publicName + ":" + strconv.Itoa(pipeline.Port)

	require.NoError(t, chromedp.Do(page,
		chromedp.Navigate("http://"+host+"/docs"),
		chromedp.Click(summary),
		chromedp.Click(tryIt),
		chromedp.Click(execute)))
	status, err := chromedp.Run(page, chromedp.Text(liveStatus))
	require.NoError(t, err)
	body, err := chromedp.Run(page, chromedp.Text(liveBody))
	require.NoError(t, err)

	assert.Contains(t, status, "200")
	var accepted struct {
		Status    string `json:"status"`
		MessageID string `json:"message_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &accepted), body)
	assert.Equal(t, "accepted", accepted.Status)
	pattern := filepath.Join(objects, "emails", "v1", "local", "*", "*", "*", "*_msgid="+accepted.MessageID+".json")
	assert.Eventually(t, func() bool {
		files, _ := filepath.Glob(pattern)
		return len(files) == 1
	}, 10*time.Second, 10*time.Millisecond, pattern)
	assert.Empty(t, seen.outside(host))
	assert.Contains(t, seen.paths(host), "/ingest")
	assert.Empty(t, seen.wrong())
}

// TestOutsideRequest_isSeen holds the recording itself.
func TestOutsideRequest_isSeen(t *testing.T) {
	page, seen := browse(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<img src="http://outside.invalid/pixel.png"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`)
	}))
	t.Cleanup(server.Close)

	require.NoError(t, chromedp.Do(page, chromedp.Navigate(server.URL)))

	assert.Equal(t, []string{"http://outside.invalid/pixel.png"}, seen.outside(server.Listener.Addr().String()))
	assert.NotEmpty(t, seen.wrong())
}
