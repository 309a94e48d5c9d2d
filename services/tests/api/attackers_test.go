package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// attackers are the clients of one attack. They run in a process of their own, of
// lower priority than the api and the good client: real ones run on other machines.
type attackers struct {
	address string
	// over is closed when the attack has to end.
	over chan struct{}

	mu     sync.Mutex
	open   []net.Conn
	counts map[string]int
	wg     sync.WaitGroup
}

// The child's environment names its attack and the api's address. It prints a line
// when the attack has begun, goes on until its input ends, and prints the counts.
const attackVariable, addressVariable = "TEST_ATTACK", "TEST_ADDRESS"

func attackMain(name, address string, input io.Reader, output io.Writer) {
	a := &attackers{address: address, over: make(chan struct{}), counts: map[string]int{}}
	for _, attack := range attacks {
		if attack.name == name {
			attack.begin(a)
		}
	}
	_, _ = fmt.Fprintln(output, "begun")
	_, _ = io.Copy(io.Discard, input)
	close(a.over)
	a.wg.Wait()
	a.countOpen()
	_, _ = fmt.Fprintln(output, a.summary())
}

func (a *attackers) count(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counts[what]++
}

// summary is what the api did to the attackers.
func (a *attackers) summary() string {
	var parts []string
	for _, what := range []string{"200", "400", "403", "408", "413", "422", "431", "503", "closed", "open"} {
		if n := a.counts[what]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", what, n))
			delete(a.counts, what)
		}
	}
	for what, n := range a.counts {
		parts = append(parts, fmt.Sprintf("%s: %d", what, n))
	}
	return strings.Join(parts, ", ")
}

// countOpen counts the outcomes of the connections that were left open.
func (a *attackers) countOpen() {
	for _, connection := range a.open {
		_ = connection.SetReadDeadline(time.Now().Add(time.Millisecond))
		line, err := bufio.NewReader(connection).ReadString('\n')
		switch fields := strings.Fields(line); {
		case len(fields) > 1:
			a.count(fields[1])
		case errors.Is(err, os.ErrDeadlineExceeded):
			a.count("open")
		default:
			a.count("closed")
		}
		_ = connection.Close()
	}
}

func (a *attackers) ended() bool {
	select {
	case <-a.over:
		return true
	default:
		return false
	}
}

// dial opens a connection; nil after the attack, or where the api takes none.
func (a *attackers) dial() net.Conn {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", a.address)
	if err != nil {
		a.count("refused")
		return nil
	}
	// Little of an answer lies in the kernel's buffers.
	_ = connection.(*net.TCPConn).SetReadBuffer(4096)
	_ = connection.SetDeadline(time.Now().Add(patience))
	return connection
}

// hold opens connections that send text, and stay open.
func (a *attackers) hold(connections int, text string) {
	const at = 16
	var wg sync.WaitGroup
	for range at {
		wg.Go(func() {
			for range connections / at {
				connection := a.dial()
				if connection == nil {
					continue
				}
				_, _ = io.WriteString(connection, text)
				a.mu.Lock()
				a.open = append(a.open, connection)
				a.mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// drip has every open connection send one byte a second.
func (a *attackers) drip(text string) {
	a.wg.Go(func() {
		for i := 0; !a.ended(); i++ {
			for _, connection := range a.open {
				_, _ = connection.Write([]byte{text[i%len(text)]})
			}
			select {
			case <-time.After(time.Second):
			case <-a.over:
			}
		}
	})
}

// flood has clients that do something again and again.
func (a *attackers) flood(clients int, once func()) {
	for range clients {
		a.wg.Go(func() {
			for !a.ended() {
				once()
			}
		})
	}
}

// exchange sends text on a connection of its own, and counts the answers to it.
func (a *attackers) exchange(text string, answers int) {
	connection := a.dial()
	if connection == nil {
		return
	}
	defer func() { _ = connection.Close() }()
	go func() { _, _ = io.WriteString(connection, text) }()
	reader := bufio.NewReader(connection)
	for range answers {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			a.count("closed")
			return
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		a.count(strconv.Itoa(response.StatusCode))
	}
}

// post sends a body on a connection that is kept.
func (a *attackers) post(body string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+a.address+"/ingest", strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	response, err := keeping.Do(request)
	if err != nil {
		a.count("closed")
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	a.count(strconv.Itoa(response.StatusCode))
}

var keeping = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}
