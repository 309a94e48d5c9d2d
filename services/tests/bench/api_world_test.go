package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
)

// apiWorld is an AWS of its own for an api.
type apiWorld struct {
	aws      *fakeaws.Server
	queueURL string
	direct   *sqs.Client
}

func newAPIWorld(b *testing.B, delay time.Duration) *apiWorld {
	b.Helper()
	plan := faults.New(1)
	server, err := fakeaws.Start(fakeaws.Options{Faults: plan})
	check(b, err)
	b.Cleanup(func() { check(b, server.Close()) })
	seeded, err := server.Seed(fakeaws.Seed{})
	check(b, err)
	if delay > 0 {
		plan.Add(faults.Rule{Operation: "sqs.*", Fault: faults.Fault{Delay: delay}})
	}
	return &apiWorld{aws: server, queueURL: seeded.QueueURL, direct: sqs.NewFromConfig(server.Config())}
}

// program is a running api, or what it is compared with.
type program struct {
	url   string
	pid   int
	ready time.Duration
	stop  func()
}

// buildProgram builds a program of this module as its image does.
func buildProgram(b *testing.B, folder string) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), filepath.Base(folder))
	command := exec.CommandContext(b.Context(), "go", "build", "-tags", "nomsgpack", "-trimpath", "-ldflags", "-s -w", "-o", binary, folder)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := command.CombinedOutput()
	if err != nil {
		b.Fatalf("building %s: %v\n%s", folder, err, output)
	}
	return binary
}

// freePort is a port that nothing listens on.
func freePort(b *testing.B) string {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	check(b, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	check(b, err)
	check(b, listener.Close())
	return port
}

// start runs a program against the world and waits until it is ready.
func (w *apiWorld) start(b *testing.B, binary string, arguments ...string) program {
	b.Helper()
	port := freePort(b)
	address := net.JoinHostPort("127.0.0.1", port)
	command := exec.CommandContext(context.Background(), binary, arguments...)
	command.Dir = b.TempDir()
	command.Env = []string{
		"AWS_ENDPOINT_URL=" + w.aws.URL, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
		"SQS_QUEUE_URL=" + w.queueURL, "SSM_TOKEN_PARAM=" + fakeaws.LocalParameter, "PORT=" + port,
	}
	command.Stdout, command.Stderr = io.Discard, os.Stderr
	began := time.Now()
	check(b, command.Start())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for !answers(b.Context(), client, "http://"+address+"/healthz") {
		if time.Since(began) > 10*time.Second {
			b.Fatalf("%s is not ready after 10 s", binary)
		}
		<-time.After(500 * time.Microsecond)
	}
	return program{
		url: "http://" + address + "/ingest", pid: command.Process.Pid, ready: time.Since(began),
		stop: func() { _ = command.Process.Kill(); _ = command.Wait() },
	}
}

// cpu is the processor time, of user and system, that a process has used.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skipf("processor time is read from /proc, which this system has not: %v", err)
	}
	// The name, in parentheses, may hold spaces; utime and stime are the 14th
	// and 15th field, in ticks of 10 ms. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	check(b, err)
	system, err := strconv.Atoi(fields[12])
	check(b, err)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// caller sends payloads of about size bytes.
type caller struct {
	client *http.Client
	url    string
	body   string
}

func newCaller(url string, connections, size int) *caller {
	return &caller{
		client: &http.Client{Transport: &http.Transport{MaxIdleConns: connections, MaxIdleConnsPerHost: connections}},
		url:    url,
		body: fmt.Sprintf(`{"data":{"email_subject":"Happy new year!","email_sender":"John Doe","email_timestream":"1693561101","email_content":%q},"token":%q}`,
			strings.Repeat("x", size), fakeaws.LocalToken),
	}
}

func (c *caller) send(b *testing.B) time.Duration {
	b.Helper()
	return c.do(b, http.MethodPost, c.url, strings.NewReader(c.body))
}

func (c *caller) askHealth(b *testing.B) time.Duration {
	b.Helper()
	return c.do(b, http.MethodGet, strings.TrimSuffix(c.url, "/ingest")+"/healthz", http.NoBody)
}

func (c *caller) do(b *testing.B, method, url string, body io.Reader) time.Duration {
	b.Helper()
	began := time.Now()
	request, err := http.NewRequestWithContext(b.Context(), method, url, body)
	check(b, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.client.Do(request)
	check(b, err)
	_, err = io.Copy(io.Discard, response.Body)
	check(b, err)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		b.Fatalf("%s answered %s", url, response.Status)
	}
	return time.Since(began)
}

// flood sends requests payloads from clients at once.
func (c *caller) flood(b *testing.B, clients, requests int) {
	b.Helper()
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range requests / clients {
				c.send(b)
			}
		})
	}
	wg.Wait()
}

// sendDirect is one call of the SDK, without the api.
func (w *apiWorld) sendDirect(b *testing.B) time.Duration {
	b.Helper()
	began := time.Now()
	_, err := w.direct.SendMessage(b.Context(), &sqs.SendMessageInput{
		QueueUrl: aws.String(w.queueURL), MessageBody: aws.String("direct"),
	})
	check(b, err)
	return time.Since(began)
}
