package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the api keeps under every attack. Times are checked by make attack only: on a
// busy machine they say nothing.
const (
	maxResident = 256 << 20 // half of its task's memory
	maxP99      = 250 * time.Millisecond
)

// attack is one way to do harm.
type attack struct {
	name string
	// begin returns when the attack is at its height. It goes on until a.over.
	begin func(a *attackers)
	// queueHangs says that SQS does not answer until the attack is over, and that the
	// good requests come then.
	queueHangs bool
	// thorough says that only make attack makes it: others cover most of it sooner.
	thorough bool
}

func payload(content string) string { return payloadWith(content, fakeaws.LocalToken) }

func payloadWith(content, token string) string {
	return `{"data":{"email_subject":"s","email_sender":"x","email_timestream":1,"email_content":"` + content +
		`"},"token":"` + token + `"}`
}

func withLength(body string) string {
	return head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body
}

const (
	get    = "GET /healthz HTTP/1.1\r\nHost: api\r\n"
	script = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: api\r\n"
)

var attacks = []attack{
	{name: "none", begin: func(*attackers) {}},
	{name: "160 bodies of 1 MiB that stop one byte short", begin: func(a *attackers) {
		a.hold(160, head+"Content-Length: 1048576\r\n\r\n"+strings.Repeat(" ", 1<<20-1))
	}},
	{name: "8,000 bodies that announce 65,000 bytes and send one", begin: func(a *attackers) {
		a.hold(8000, head+"Content-Length: 65000\r\n\r\n{")
	}},
	{name: "4,000 bodies of 65,000 bytes that stop one byte short", begin: func(a *attackers) {
		a.hold(4000, head+"Content-Length: 65000\r\n\r\n"+strings.Repeat(" ", 64_999))
	}},
	{name: "4,000 bodies that send one byte a second", thorough: true, begin: func(a *attackers) {
		a.hold(4000, head+"Content-Length: 65000\r\n\r\n{")
		a.drip(" ")
	}},
	{name: "4,000 headers that send one byte a second", thorough: true, begin: func(a *attackers) {
		a.hold(4000, "POST /ingest HTTP/1.1\r\nHost: api\r\nX-Slow: ")
		a.drip("x")
	}},
	{name: "10,000 idle connections", begin: func(a *attackers) { a.hold(10_000, "") }},
	{name: "10,000 connections that are kept after a request", thorough: true, begin: func(a *attackers) {
		a.hold(10_000, get+"\r\n")
	}},
	{name: "64 clients that connect and leave", begin: func(a *attackers) {
		a.flood(64, func() {
			if connection := a.dial(); connection != nil {
				_ = connection.(*net.TCPConn).SetLinger(0) // resets it
				_ = connection.Close()
				a.count("left")
			}
		})
	}},
	{name: "64 clients with headers of 15 KiB", begin: func(a *attackers) {
		text := get + strings.Repeat("X-Many: "+strings.Repeat("x", 20)+"\r\n", 500) + "\r\n"
		a.flood(64, func() { a.exchange(text, 1) })
	}},
	{name: "64 clients with headers of 1 MiB", begin: func(a *attackers) {
		text := get + "X-Large: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"
		a.flood(64, func() { a.exchange(text, 1) })
	}},
	{name: "64 clients with bodies of 100,000 chunks of one byte", begin: func(a *attackers) {
		text := head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\n \r\n", 100_000) + "0\r\n\r\n"
		a.flood(64, func() { a.exchange(text, 1) })
	}},
	{name: "64 clients that send 500 requests at once on each connection", begin: func(a *attackers) {
		text := strings.Repeat(get+"\r\n", 500)
		a.flood(64, func() { a.exchange(text, 500) })
	}},
	{name: "64 clients with wrong tokens", begin: func(a *attackers) {
		body := payloadWith("c", "wrong")
		a.flood(64, func() { a.post(body) })
	}},
	{name: "3,000 clients that request the API page's script three times and read nothing", begin: func(a *attackers) {
		a.hold(512, strings.Repeat(script+"Accept-Encoding: gzip\r\n\r\n", 3))
		a.hold(2496, strings.Repeat(script+"\r\n", 3))
	}},
	{name: "128 clients with 1 MB of text that grows sixfold when it is escaped", begin: func(a *attackers) {
		body := payload(strings.Repeat("é", 500_000))
		a.flood(128, func() { a.post(body) })
	}},
	{name: "2,000 clients that leave while the queue hangs", queueHangs: true, begin: func(a *attackers) {
		text := withLength(payload(strings.Repeat("a", 200_000)))
		for range 20 {
			a.hold(96, text)
			for _, connection := range a.open {
				_ = connection.Close()
			}
			a.open = nil
		}
	}},
}

// measured is what good requests and the api took during an attack.
type measured struct {
	name                 string
	median, p99, slowest time.Duration
	memory               int64
	attackers            string
}

func (m measured) meetsTheGoals() bool { return m.memory < maxResident && m.p99 < maxP99 }

// TestAttacks_goodRequests_areAccepted makes attacks, and good requests meanwhile. With
// ATTACK it makes all of them and prints a table.
func TestAttacks_goodRequests_areAccepted(t *testing.T) {
	requests, pause, table := 50, time.Duration(0), os.Getenv("ATTACK") != ""
	if table {
		requests, pause = 500, 10*time.Millisecond
	}
	var all []measured
	for _, attack := range attacks {
		if attack.thorough && !table {
			continue
		}
		t.Run(attack.name, func(t *testing.T) {
			m := attack.measure(t, requests, pause)
			all = append(all, m)
			t.Logf("%+v", m)
			assert.Less(t, m.memory, int64(maxResident))
			assert.True(t, !table || m.meetsTheGoals(), "p99 of good requests is %s", m.p99)
		})
	}
	if table {
		write(os.Stdout, all)
	}
}

func write(to io.Writer, all []measured) {
	out := tabwriter.NewWriter(to, 0, 0, 1, ' ', 0)
	_, _ = fmt.Fprint(out, "| attack\t| median\t| p99\t| slowest\t| memory\t| the api's answers to the attackers\t|\n|---\t|---\t|---\t|---\t|---\t|---\t|\n")
	ms := func(d time.Duration) string { return strconv.FormatFloat(d.Seconds()*1000, 'f', 1, 64) + " ms" }
	for _, m := range all {
		_, _ = fmt.Fprintf(out, "| %s\t| %s\t| %s\t| %s\t| %d MiB\t| %s\t|\n", m.name, ms(m.median), ms(m.p99), ms(m.slowest), m.memory>>20, m.attackers)
	}
	_ = out.Flush()
}

// measure makes good requests one after the other during the attack, each on a
// connection of its own, and expects them to be accepted.
func (a attack) measure(t *testing.T, requests int, pause time.Duration) measured {
	t.Helper()
	w := newWorld(t, nil)
	if a.queueHangs {
		hung := w.aws.Faults.Add(faults.Rule{Operation: "sqs.SendMessage*", Fault: faults.Fault{Delay: time.Minute}})
		end := w.begin(t, a.name)
		hung()
		end()
		require.Eventually(t, func() bool {
			_, status, err := ask(t.Context(), w.api.URL("/ingest"))
			return err == nil && status == http.StatusOK
		}, patience, 10*time.Millisecond, "the queue answers again")
	}
	end := func() string { return "" }
	if !a.queueHangs {
		end = w.begin(t, a.name)
	}
	took := w.goodRequests(t, requests, pause)
	return measured{
		name: a.name, median: took[requests/2], p99: took[requests*99/100-1], slowest: took[requests-1],
		attackers: end(), memory: resident(t, w.api.PID()),
	}
}

// begin starts the attackers' process, and waits until the attack is at its height.
func (w *world) begin(t *testing.T, name string) (end func() (counts string)) {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), "nice", "-n", "10", program)
	command.Env = append(os.Environ(), attackVariable+"="+name, addressVariable+"=127.0.0.1:"+strconv.Itoa(w.api.Port))
	input, err := command.StdinPipe()
	require.NoError(t, err)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(output)
	require.True(t, lines.Scan())
	require.Equal(t, "begun", lines.Text())
	return func() string {
		require.NoError(t, input.Close())
		require.True(t, lines.Scan())
		counts := lines.Text()
		require.NoError(t, command.Wait())
		return counts
	}
}

// goodRequests makes requests with a pause after each, and returns how long they took,
// sorted.
func (w *world) goodRequests(t *testing.T, requests int, pause time.Duration) []time.Duration {
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
		<-time.After(pause)
	}
	slices.Sort(took)
	return took
}
