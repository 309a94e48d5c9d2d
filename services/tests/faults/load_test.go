package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// load is many clients of the api.
type load struct {
	url    string
	client *http.Client

	mu       sync.Mutex
	accepted []sent      // one for each 200
	answers  map[int]int // by status; 0 is no answer
}

func newLoad(url string) *load {
	return &load{
		url: url, answers: map[int]int{},
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
}

// startLoad sends perSecond requests a second until ctx ends. Wait for done
// before looking at the load.
func startLoad(ctx context.Context, url string, perSecond int) (l *load, done <-chan struct{}) {
	l = newLoad(url)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer l.client.CloseIdleConnections()
		var clients sync.WaitGroup
		defer clients.Wait()
		ticker := time.NewTicker(time.Second / time.Duration(perSecond))
		defer ticker.Stop()
		for n := 0; ; n++ {
			select {
			case <-ticker.C:
				clients.Go(func() { l.request(n) })
			case <-ctx.Done():
				return
			}
		}
	}()
	return l, ended
}

// burst sends n requests at once and waits for their answers.
func (l *load) burst(n int) {
	defer l.client.CloseIdleConnections()
	var clients sync.WaitGroup
	for i := range n {
		clients.Go(func() { l.request(i) })
	}
	clients.Wait()
}

// largeContent is in one of largeEvery requests. Two such messages fit into one
// call of SQS.
const (
	largeContent = 70_000
	largeEvery   = 8
)

// request sends a payload of its own, and notes the message that it must become.
func (l *load) request(n int) {
	filler := ""
	if n%largeEvery == 0 {
		filler = strings.Repeat("0123456789", largeContent/10)
	}
	timestream := 1_693_561_101 + n
	const subject, sender, content, escaped = "subject", "sender@example.com",
		"Zażółć \"gęślą\" jaźń ", `Za\u017c\u00f3\u0142\u0107 \"g\u0119\u015bl\u0105\" ja\u017a\u0144 `
	body := fmt.Sprintf(`{"data":{"email_subject":"%s %d","email_sender":%q,"email_timestream":"%d","email_content":%q},"token":%q}`,
		subject, n, sender, timestream, content+filler, token)
	status, id, received := l.post([]byte(body))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[status]++
	if status != http.StatusOK {
		return
	}
	message := fmt.Sprintf(`{"email_subject": "%s %d", "email_sender": %q, "email_timestream": %d, "email_content": "%s", "received_at": %q}`,
		subject, n, sender, timestream, escaped+filler, received)
	l.accepted = append(l.accepted, sent{id: id, body: message, key: keyOf("local", "v1", received, timestream, id)})
}

// keyOf is the key of a message's object; received is as in 2026-01-02T15:04:05.
func keyOf(environment, version, received string, timestream int, id string) string {
	day, _, _ := strings.Cut(received, "T")
	return fmt.Sprintf("emails/%s/%s/%s/%d_msgid=%s.json", version, environment, strings.ReplaceAll(day, "-", "/"), timestream, id)
}

// post returns status 0 where no whole answer came.
func (l *load) post(body []byte) (status int, id, received string) {
	response, err := l.client.Post(l.url, "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, "", ""
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		MessageID  string `json:"message_id"`
		ReceivedAt string `json:"received_at"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return 0, "", ""
	}
	return response.StatusCode, answer.MessageID, answer.ReceivedAt
}
