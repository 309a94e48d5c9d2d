package ingestctl

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// apis starts two apis, and a load balancer that ingestctl then sends to.
func (w *world) apis(t *testing.T, overlap string) []*proctest.Program {
	t.Helper()
	var programs []*proctest.Program
	var proxies []*httputil.ReverseProxy
	for range 2 {
		program := proctest.Launch(t, "api", "PORT", w.services(map[string]string{
			"SSM_TOKEN_PARAM": fakeaws.LocalParameter, "TOKEN_TTL": "1s", "TOKEN_OVERLAP": overlap,
		}))
		to, err := url.Parse(program.URL(""))
		require.NoError(t, err)
		programs, proxies = append(programs, program), append(proxies, httputil.NewSingleHostReverseProxy(to))
	}
	var requests atomic.Uint64
	balancer := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		proxies[requests.Add(1)%uint64(len(proxies))].ServeHTTP(rw, r)
	}))
	t.Cleanup(balancer.Close)
	w.env["API_URL"] = balancer.URL
	return programs
}

// status is what an api answers to a payload with a token.
func status(t *testing.T, url, token string) int {
	body := fmt.Sprintf(`{"data":{"email_subject":"s","email_sender":"x","email_timestream":1,"email_content":"c"},"token":%q}`, token)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/ingest", strings.NewReader(body))
	if err != nil {
		t.Errorf("making a request: %v", err)
		return 0
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Errorf("no answer: %v", err)
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// rotate rotates the token with an overlap and returns the new one.
func (w *world) rotate(t *testing.T) string {
	t.Helper()
	r := w.run(t, "", "token", "rotate", "--generate", "--print", "--overlap", "1h", "--json")
	require.Zero(t, r.status, r.stderr)
	var state struct {
		Token string `json:"token"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &state))
	return state.Token
}

// assertRefused waits until each api refuses a token, and expects that it stays so.
func assertRefused(t *testing.T, programs []*proctest.Program, token string) {
	t.Helper()
	for _, program := range programs {
		require.Eventually(t, func() bool { return status(t, program.URL(""), token) == http.StatusForbidden }, 20*time.Second, 10*time.Millisecond)
	}
	for range 50 {
		for _, program := range programs {
			assert.Equal(t, http.StatusForbidden, status(t, program.URL(""), token))
		}
	}
}

func TestRotation_underLoadOverTwoAPIs_refusesNoRequest(t *testing.T) {
	const rotations, clients = 10, 8
	w := newWorld(t)
	programs := w.apis(t, "1h")

	// Clients use the current token or the one before it. All have changed over to
	// the current one before the next rotation begins.
	valid := []string{fakeaws.LocalToken}
	var changing sync.RWMutex
	var accepted atomic.Int64
	others := make(chan int, 10_000)
	stop := make(chan struct{})
	var load sync.WaitGroup
	ask := func(url string) {
		changing.RLock()
		defer changing.RUnlock()
		switch got := status(t, url, valid[rand.IntN(len(valid))]); got {
		case http.StatusOK:
			accepted.Add(1)
		default:
			others <- got
		}
	}
	for client := range clients {
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
					ask(programs[client%len(programs)].URL(""))
				}
			}
		})
	}
	use := func(tokens ...string) {
		changing.Lock()
		defer changing.Unlock()
		valid = tokens
	}
	current := fakeaws.LocalToken
	for range rotations {
		use(current)
		next := w.rotate(t)
		use(current, next)
		before := accepted.Load()
		require.Eventually(t, func() bool { return accepted.Load() > before+50 || len(others) > 0 }, 20*time.Second, time.Millisecond)
		current = next
	}
	close(stop)
	load.Wait()
	t.Logf("%d payloads were accepted during %d rotations", accepted.Load(), rotations)
	assert.Empty(t, others)
	for _, program := range programs {
		assert.NotContains(t, program.Log.String(), current)
	}
}

func TestRevocation_overTwoAPIs_isCompleteWithinTheTTL(t *testing.T) {
	w := newWorld(t)
	programs := w.apis(t, "1h")
	next := w.rotate(t)
	for _, program := range programs {
		require.Equal(t, http.StatusOK, status(t, program.URL(""), fakeaws.LocalToken))
	}
	revoked := w.run(t, "", "token", "revoke-previous")
	require.Zero(t, revoked.status, revoked.stderr)
	assertRefused(t, programs, fakeaws.LocalToken)
	for _, program := range programs {
		assert.Equal(t, http.StatusOK, status(t, program.URL(""), next))
	}
}

func TestOverlap_ends_previousTokenIsRefused(t *testing.T) {
	w := newWorld(t)
	programs := w.apis(t, "1s")
	next := w.rotate(t)
	assertRefused(t, programs, fakeaws.LocalToken)
	for _, program := range programs {
		assert.Equal(t, http.StatusOK, status(t, program.URL(""), next))
	}
}
