package faults

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// load is many clients of one or more apis.
type load struct {
	urls   []string
	client *http.Client

	mu sync.Mutex
	// sent are the messages of all requests that may be accepted.
	sent []sent
	// answers are counted by status; 0 is no answer.
	answers map[int]int
	// next is the number of the last request.
	next int

	// The rest is for the soak.

	// tokens are presented in turn; one of wrongEvery requests has a wrong one.
	tokens     []string
	wrongEvery int
	// accepted wrong tokens must not be.
	wrongAccepted int
	// keyedEvery says that one of so many requests has an idempotency key.
	keyedEvery int
	largeEvery int
}

func newLoad(urls ...string) *load {
	return &load{
		urls: urls, answers: map[int]int{}, tokens: []string{token}, largeEvery: 8,
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
}

// start sends perSecond requests a second until stop is called, which returns when
// all have been answered.
func (l *load) start(perSecond int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer l.client.CloseIdleConnections()
		var clients sync.WaitGroup
		defer clients.Wait()
		ticker := time.NewTicker(time.Second / time.Duration(perSecond))
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				l.next++
				n := l.next
				clients.Go(func() { l.request(n) })
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-ended }
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

// accepted are the messages of the requests that were answered with 200.
func (l *load) accepted() []sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.sent), func(m sent) bool { return m.id == "" })
}

// A message of largeContent is in one of largeEvery requests. Two such messages fit
// into one call of SQS.
const largeContent = 70_000

// Requests with idempotency keys come in groups, of which all have one key: those
// that follow each other are retries at about the same time, and lateRetry of them
// later comes one more. One of otherContent groups ends with other content.
const (
	keyGroup     = 4
	lateRetry    = 100 * keyGroup
	otherContent = 10
)

// request sends the payload n.
func (l *load) request(n int) {
	l.mu.Lock()
	presented := l.tokens[n%len(l.tokens)]
	l.mu.Unlock()
	isWrong := l.wrongEvery > 0 && n%l.wrongEvery == 1
	if isWrong {
		presented = "wrong-" + presented
	}
	key, content := "", n
	if l.keyedEvery > 0 && n%l.keyedEvery == 0 {
		key, content = keyed(n / l.keyedEvery)
	}
	status, message := l.post(l.urls[n%len(l.urls)], presented, key, content)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[status]++
	switch {
	case !isWrong:
		l.sent = append(l.sent, message)
	case status == http.StatusOK:
		l.wrongAccepted++
	}
}

// keyed is the idempotency key of the i-th request that has one, and the number of
// its payload, which is negative and so no other request's.
func keyed(i int) (key string, content int) {
	group, member := i/keyGroup, i%keyGroup
	switch {
	case member == keyGroup-1 && group > lateRetry/keyGroup:
		group -= lateRetry / keyGroup
	case member == keyGroup-2 && group%otherContent == 0:
		return fmt.Sprintf("key-%d", group), -2*group - 1
	}
	return fmt.Sprintf("key-%d", group), -2*group - 2
}

// post sends the payload n to an api, and returns the message that it must become.
// The status is 0 where no whole answer came.
func (l *load) post(url, presented, key string, n int) (status int, m sent) {
	filler := ""
	if n%l.largeEvery == 0 {
		filler = strings.Repeat("0123456789", largeContent/10)
	}
	timestream := 1_693_561_101 + n
	const subject, sender, content, escaped = "subject", "sender@example.com",
		"Zażółć \"gęślą\" jaźń ", `Za\u017c\u00f3\u0142\u0107 \"g\u0119\u015bl\u0105\" ja\u017a\u0144 `
	body := fmt.Sprintf(`{"data":{"email_subject":"%s %d","email_sender":%q,"email_timestream":"%d","email_content":%q},"token":%q}`,
		subject, n, sender, timestream, content+filler, presented)
	m.body = fmt.Sprintf(`{"email_subject": "%s %d", "email_sender": %q, "email_timestream": %d, "email_content": "%s"`,
		subject, n, sender, timestream, escaped+filler)
	if key != "" {
		digest := sha256.Sum256([]byte(key))
		m.key, m.keyed = "emails/v1/local/keyed/"+hex.EncodeToString(digest[:])+".json", true
	}
	status, id, received := l.do(url, key, body)
	if status != http.StatusOK {
		return status, m
	}
	m.id, m.body = id, m.body+fmt.Sprintf(`, "received_at": %q}`, received)
	if !m.keyed {
		m.key = keyOf("local", "v1", received, timestream, id)
	}
	return status, m
}

// keyOf is the key of a message's object; received is as in 2026-01-02T15:04:05.
func keyOf(environment, version, received string, timestream int, id string) string {
	day, _, _ := strings.Cut(received, "T")
	return fmt.Sprintf("emails/%s/%s/%s/%d_msgid=%s.json", version, environment, strings.ReplaceAll(day, "-", "/"), timestream, id)
}

func (l *load) do(url, key, body string) (status int, id, received string) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, "", ""
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := l.client.Do(request)
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
