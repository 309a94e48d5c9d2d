package api

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxResident is what the api may take at its peak, half of its task's memory.
const maxResident = 256 << 20

// goodRequests makes requests one after the other, each on a connection of its own,
// expects them to be accepted, and logs how long they took.
func (w *world) goodRequests(t *testing.T, requests int) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	body := payload("c")
	took := make([]time.Duration, requests)
	for i := range requests {
		began := time.Now()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.api.URL("/ingest"), strings.NewReader(body))
		require.NoError(t, err)
		response, err := client.Do(request)
		require.NoError(t, err, "request %d", i)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode, "request %d", i)
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	t.Logf("%d good requests: median %s, p99 %s, slowest %s", requests, took[requests/2].Round(time.Millisecond),
		took[requests*99/100-1].Round(time.Millisecond), took[requests-1].Round(time.Millisecond))
}

func payload(content string) string {
	return `{"data":{"email_subject":"s","email_sender":"x","email_timestream":1,"email_content":"` + content +
		`"},"token":"` + fakeaws.LocalToken + `"}`
}

// attack opens connections that send text and nothing more, and stay open. That
// the api closes some of them is its right.
func (w *world) attack(t *testing.T, connections int, text string) {
	t.Helper()
	var wg sync.WaitGroup
	const at = 16
	for range at {
		wg.Go(func() {
			for range connections / at {
				connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(w.api.Port))
				if err != nil {
					t.Errorf("connecting: %v", err)
					return
				}
				t.Cleanup(func() { _ = connection.Close() })
				// Little of an answer lies in the kernel's buffers.
				_ = connection.(*net.TCPConn).SetReadBuffer(4096)
				_ = connection.SetWriteDeadline(time.Now().Add(patience))
				_, _ = io.WriteString(connection, text)
			}
		})
	}
	wg.Wait()
}

func (w *world) assertMemory(t *testing.T) {
	t.Helper()
	peak := resident(t, w.api.PID())
	t.Logf("peak resident memory: %d MiB", peak>>20)
	assert.Less(t, peak, int64(maxResident))
}

func TestAttack_bodiesThatStopOneByteShort(t *testing.T) {
	w := newWorld(t, nil)
	const announced = 1 << 20
	text := head + fmt.Sprintf("Content-Length: %d\r\n\r\n", announced) + strings.Repeat(" ", announced-1)
	w.attack(t, 80, text)
	w.goodRequests(t, 100)
	w.attack(t, 80, text)
	w.goodRequests(t, 100)
	w.assertMemory(t)
}

func TestAttack_bodiesThatAnnounceMuchAndSendLittle(t *testing.T) {
	w := newWorld(t, nil)
	w.attack(t, 8000, head+"Content-Length: 65000\r\n\r\n{")
	w.goodRequests(t, 100)
	w.assertMemory(t)
}

func TestAttack_manyBodiesThatAreSmallForThemselves(t *testing.T) {
	w := newWorld(t, nil)
	w.attack(t, 4000, head+"Content-Length: 65000\r\n\r\n"+strings.Repeat(" ", 64_999))
	w.goodRequests(t, 100)
	w.assertMemory(t)
}

func TestAttack_idleConnections(t *testing.T) {
	w := newWorld(t, nil)
	w.attack(t, 8000, "")
	w.goodRequests(t, 100)
	w.assertMemory(t)
}

func TestAttack_answersThatAreNotRead(t *testing.T) {
	w := newWorld(t, nil)
	text := strings.Repeat("GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: api\r\n\r\n", 3)
	w.attack(t, 500, strings.ReplaceAll(text, "\r\n\r\n", "\r\nAccept-Encoding: gzip\r\n\r\n"))
	w.attack(t, 2500, text)
	w.goodRequests(t, 100)
	w.assertMemory(t)
}

func TestAttack_textThatGrowsWhenItIsEscaped(t *testing.T) {
	w := newWorld(t, nil)
	body := payload(strings.Repeat("é", 500_000))
	var attackers sync.WaitGroup
	for range 128 {
		attackers.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			for range 4 {
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.api.URL("/ingest"), strings.NewReader(body))
				if err != nil {
					t.Errorf("making a request: %v", err)
					return
				}
				// 413, or 503 where the bodies together are too many.
				if response, err := http.DefaultClient.Do(request); err == nil {
					_ = response.Body.Close()
				}
			}
		})
	}
	w.goodRequests(t, 100)
	attackers.Wait()
	w.goodRequests(t, 100)
	w.assertMemory(t)
}

func TestAttack_clientsThatLeaveWhileTheQueueHangs(t *testing.T) {
	w := newWorld(t, nil)
	hung := w.aws.Faults.Add(faults.Rule{Operation: "sqs.SendMessage*", Fault: faults.Fault{Delay: time.Minute}})
	body := payload(strings.Repeat("a", 200_000))
	text := head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body
	for range 20 {
		var leaving sync.WaitGroup
		for range 100 {
			leaving.Go(func() {
				connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(w.api.Port))
				if err != nil {
					t.Errorf("connecting: %v", err)
					return
				}
				_ = connection.SetWriteDeadline(time.Now().Add(patience))
				_, _ = io.WriteString(connection, text)
				_ = connection.Close()
			})
		}
		leaving.Wait()
	}
	hung()
	require.Eventually(t, func() bool {
		_, status, err := ask(t.Context(), w.api.URL("/ingest"))
		return err == nil && status == http.StatusOK
	}, patience, 10*time.Millisecond, "the queue answers again")
	w.goodRequests(t, 100)
	w.assertMemory(t)
}
