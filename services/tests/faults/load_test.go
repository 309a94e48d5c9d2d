package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// load is a crowd of clients of the api.
type load struct {
	url    string
	client *http.Client

	mu       sync.Mutex
	accepted []string    // the message_id of each 200
	answers  map[int]int // by status; 0 stands for none
}

// startLoad sends perSecond requests a second until ctx ends. Wait for done
// before looking at the load.
func startLoad(ctx context.Context, url string, perSecond int) (l *load, done <-chan struct{}) {
	l = &load{
		url: url, answers: map[int]int{},
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
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

func (l *load) request(n int) {
	body := fmt.Sprintf(`{"data":{"email_subject":"subject %d","email_sender":"sender@example.com",`+
		`"email_timestream":"%d","email_content":"Zażółć gęślą jaźń"},"token":%q}`, n, 1_693_561_101+n, token)
	status, id := l.post([]byte(body))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[status]++
	if status == http.StatusOK {
		l.accepted = append(l.accepted, id)
	}
}

// post returns status 0 where no whole answer came.
func (l *load) post(body []byte) (status int, id string) {
	response, err := l.client.Post(l.url, "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		MessageID string `json:"message_id"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return 0, ""
	}
	return response.StatusCode, answer.MessageID
}
