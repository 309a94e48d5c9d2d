package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/ingest-iac/ingest/services/internal/message"
)

const (
	drainMessages  = 5000
	drainTarget    = 1000.0 // messages a second, best of drainRuns
	drainRuns      = 3
	receiveSeconds = 5
	oneByOne       = 100 // messages for the loop to compare with
	sizeTarget     = 25e6
	readyTarget    = 100 * time.Millisecond
	readyRuns      = 10
	residentTarget = 64 << 20
)

// BenchmarkWorkerDrain has the worker empty a queue at its default settings,
// and next to it a loop that takes one message after the other.
func BenchmarkWorkerDrain(b *testing.B) {
	binary := buildProgram(b, "../../worker")
	for b.Loop() {
		best, resident := 0.0, int64(0)
		for range drainRuns {
			rate, memory := drain(b, binary)
			best, resident = max(best, rate), max(resident, memory)
		}
		figure(b, "worker", "drains", fmt.Sprintf("%.0f messages/s", best),
			fmt.Sprintf("at least %.0f messages/s, best of %d", drainTarget, drainRuns), best >= drainTarget)
		figure(b, "worker", "resident at most", fmt.Sprintf("%.1f MiB", float64(resident)/(1<<20)),
			"under 64 MiB", resident < residentTarget)
		fmt.Fprintf(os.Stdout, "worker: a one-at-a-time loop (receive 10, then HEAD, PUT, DELETE in turn) drains %.0f messages/s in the same run\n",
			drainOneByOne(b))
		b.ReportMetric(best, "messages/s")
	}
}

func drain(b *testing.B, binary string) (perSecond float64, resident int64) {
	b.Helper()
	w := newWorkerWorld(b)
	w.fill(b, drainMessages)
	w.slow()
	began := time.Now()
	command, _, end := w.startWorker(b, binary)
	w.waitEmpty(b)
	perSecond = drainMessages / time.Since(began).Seconds()
	resident = peakMemory(b, command.Process.Pid)
	end()
	return perSecond, resident
}

// BenchmarkWorkerReceives counts the calls of SQS at steady rates.
func BenchmarkWorkerReceives(b *testing.B) {
	binary := buildProgram(b, "../../worker")
	for b.Loop() {
		for _, at := range []struct{ rate, together, target int }{{20, 1, 600}, {200, 1, 200}, {2000, 10, 150}} {
			w := newWorkerWorld(b)
			w.slow()
			w.fill(b, 1)
			_, _, end := w.startWorker(b, binary)
			w.waitEmpty(b)
			w.plan.ResetCalls()
			messages := at.rate * receiveSeconds
			w.sendSteadily(b, messages, at.rate, at.together)
			w.waitEmpty(b)
			end()
			receives, deletes := w.plan.Calls("sqs.ReceiveMessage")*1000/messages, w.plan.Calls("sqs.DeleteMessage*")*1000/messages
			figure(b, "worker", fmt.Sprintf("SQS receive calls per 1,000 messages at %d a second", at.rate),
				fmt.Sprintf("%d, and %d deletes", receives, deletes), fmt.Sprintf("at most %d", at.target), receives <= at.target)
			b.ReportMetric(float64(receives), fmt.Sprintf("receives/1000@%d", at.rate))
		}
	}
}

func drainOneByOne(b *testing.B) float64 {
	b.Helper()
	w := newWorkerWorld(b)
	w.fill(b, oneByOne)
	w.slow()
	began := time.Now()
	for done := 0; done < oneByOne; {
		output, err := w.sqs.ReceiveMessage(b.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(w.queueURL), MaxNumberOfMessages: 10,
		})
		check(b, err)
		for i := range output.Messages {
			m := &output.Messages[i]
			body := []byte(*m.Body)
			parsed, err := message.Parse(body)
			check(b, err)
			key := aws.String(message.ObjectKey("v1", "local", parsed, *m.MessageId, time.Time{}))
			_, err = w.s3.HeadObject(b.Context(), &s3.HeadObjectInput{Bucket: aws.String(workerBucket), Key: key})
			var absent *types.NotFound
			if !errors.As(err, &absent) {
				b.Fatalf("HEAD of an object that is not there yet: %v", err)
			}
			_, err = w.s3.PutObject(b.Context(), &s3.PutObjectInput{
				Bucket: aws.String(workerBucket), Key: key, Body: bytes.NewReader(body),
			})
			check(b, err)
			_, err = w.sqs.DeleteMessage(b.Context(), &sqs.DeleteMessageInput{
				QueueUrl: aws.String(w.queueURL), ReceiptHandle: m.ReceiptHandle,
			})
			check(b, err)
			done++
		}
	}
	return oneByOne / time.Since(began).Seconds()
}

// BenchmarkWorkerStart measures the binary, and how soon it is ready.
func BenchmarkWorkerStart(b *testing.B) {
	binary := buildProgram(b, "../../worker")
	info, err := os.Stat(binary)
	check(b, err)
	for b.Loop() {
		w := newWorkerWorld(b)
		var times []time.Duration
		for range readyRuns {
			_, ready, end := w.startWorker(b, binary)
			end()
			times = append(times, ready)
		}
		slices.Sort(times)
		median := (times[readyRuns/2-1] + times[readyRuns/2]) / 2
		figure(b, "worker", "binary, stripped", fmt.Sprintf("%.1f MB", float64(info.Size())/1e6),
			"under 25 MB", info.Size() < sizeTarget)
		figure(b, "worker", "ready after", median.Round(100*time.Microsecond).String(),
			fmt.Sprintf("within %s, median of %d", readyTarget, readyRuns), median <= readyTarget)
		b.ReportMetric(float64(median.Microseconds())/1000, "ms-to-ready")
	}
}
