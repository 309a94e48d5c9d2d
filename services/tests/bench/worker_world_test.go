package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/worker/s3store"
)

const (
	workerBucket = "ingest-local"
	workerQueue  = "ingest-local-emails-queue"
	sqsDelay     = 10 * time.Millisecond
	s3Delay      = 20 * time.Millisecond
)

// workerWorld is an AWS of its own for a worker.
type workerWorld struct {
	plan     *faults.Plan
	endpoint string
	queueURL string
	sqs      *sqs.Client
	s3       *s3.Client
	content  int // bytes of each message's content
}

func newWorkerWorld(b *testing.B) *workerWorld {
	b.Helper()
	w := &workerWorld{plan: faults.New(1), content: 1800}
	server, err := fakeaws.Start(fakeaws.Options{Addr: "127.0.0.1:0", Faults: w.plan})
	check(b, err)
	b.Cleanup(func() { server.Close() })
	w.endpoint = server.URL
	configuration, err := awsconf.Load(b.Context(), awsconf.Options{
		Region: "us-east-1", Endpoint: w.endpoint, MaxAttempts: 2, Connections: 8,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	check(b, err)
	w.sqs, w.s3 = sqs.NewFromConfig(configuration), s3store.NewClient(configuration)
	queue, err := w.sqs.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: aws.String(workerQueue)})
	check(b, err)
	w.queueURL = *queue.QueueUrl
	_, err = w.s3.CreateBucket(b.Context(), &s3.CreateBucketInput{Bucket: aws.String(workerBucket)})
	check(b, err)
	return w
}

// fill puts n messages into the queue, as many in one call as SQS takes.
func (w *workerWorld) fill(b *testing.B, n int) {
	b.Helper()
	together := min(10, message.MaxBytes/(w.content+300))
	for at := 0; at < n; at += together {
		w.send(b, at, min(at+together, n))
	}
}

// sendSteadily sends n messages at rate a second, some in one call.
func (w *workerWorld) sendSteadily(b *testing.B, n, rate, together int) {
	b.Helper()
	var calls sync.WaitGroup
	began := time.Now()
	for at := 0; at < n; at += together {
		<-time.After(time.Until(began.Add(time.Duration(at) * time.Second / time.Duration(rate))))
		calls.Go(func() { w.send(b, at, min(at+together, n)) })
	}
	calls.Wait()
}

// send sends the messages of the numbers from at to end, up to ten, in one call.
func (w *workerWorld) send(b *testing.B, at, end int) {
	b.Helper()
	var entries []sqstypes.SendMessageBatchRequestEntry
	for i := at; i < end; i++ {
		entries = append(entries, sqstypes.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)),
			MessageBody: aws.String(fmt.Sprintf(`{"email_subject": "subject %d", "email_sender": "sender@example.com", `+
				`"email_timestream": %d, "email_content": %q, "received_at": "2026-01-02T03:04:05.000006+00:00"}`,
				i, 1_693_561_101+i, strings.Repeat("x", w.content))),
		})
	}
	output, err := w.sqs.SendMessageBatch(b.Context(), &sqs.SendMessageBatchInput{
		QueueUrl: aws.String(w.queueURL), Entries: entries,
	})
	check(b, err)
	if len(output.Failed) > 0 {
		b.Fatalf("%d messages were refused", len(output.Failed))
	}
}

// slow gives every call from now on the time that it takes in AWS.
func (w *workerWorld) slow() {
	w.plan.Add(faults.Rule{Operation: "sqs.*", Fault: faults.Fault{Delay: sqsDelay}})
	w.plan.Add(faults.Rule{Operation: "s3.*", Fault: faults.Fault{Delay: s3Delay}})
}

// environ is the environment of a consumer. The Python SDK has another name for the
// region.
func (w *workerWorld) environ(port string) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + w.endpoint, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
		"SQS_QUEUE_URL=" + w.queueURL, "S3_BUCKET=" + workerBucket, "HEALTH_PORT=" + port,
	}
}

// waitEmpty returns when every message is stored and deleted.
func (w *workerWorld) waitEmpty(b *testing.B) {
	b.Helper()
	for {
		output, err := w.sqs.GetQueueAttributes(b.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl:       aws.String(w.queueURL),
			AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
		})
		check(b, err)
		if output.Attributes["ApproximateNumberOfMessages"] == "0" &&
			output.Attributes["ApproximateNumberOfMessagesNotVisible"] == "0" {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
}

// startWorker runs the worker with default settings, and returns how long it
// took to be ready and what ends it.
func (w *workerWorld) startWorker(b *testing.B, binary string) (command *exec.Cmd, ready time.Duration, end func()) {
	b.Helper()
	port := freePort(b)
	address := net.JoinHostPort("127.0.0.1", port)
	command = exec.CommandContext(b.Context(), binary)
	command.Dir = b.TempDir()
	command.Env = w.environ(port)
	command.Stdout, command.Stderr = io.Discard, os.Stderr
	began := time.Now()
	check(b, command.Start())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for !answers(b.Context(), client, "http://"+address+"/healthz") {
		if time.Since(began) > 10*time.Second {
			b.Fatal("the worker is not ready after 10 s")
		}
		<-time.After(500 * time.Microsecond)
	}
	ready = time.Since(began)
	return command, ready, func() {
		check(b, command.Process.Signal(os.Interrupt))
		check(b, command.Wait())
	}
}

func answers(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// peakMemory is the most that a process has had resident, in bytes.
func peakMemory(b *testing.B, pid int) int64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skipf("resident memory is read from /proc, which this system has not: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			check(b, err)
			return kilobytes << 10
		}
	}
	b.Fatal("/proc names no VmHWM")
	return 0
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
