package bench

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

const (
	apiClients = 256
	apiPayload = 2048
	// A quarter of what its task has, for less processor time.
	apiResidentTarget = 128 << 20
	// It has gin and a documentation page in addition to what the worker has.
	apiSizeTarget    = 30e6
	callsTarget      = 130.0 // SQS send calls for each 1,000 accepted requests
	openLoopRate     = 1000  // requests a second
	openLoopSeconds  = 5
	tailTarget       = 2.0 // times a direct call
	loneTarget       = 500 * time.Microsecond
	loneCalls        = 300
	cpuTarget        = 1.8 // times a bare gin handler
	cpuRounds        = 11
	cpuRequests      = 256 * 60
	batchingRequests = 256 * 40
)

func median[T int64 | float64 | time.Duration](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

// BenchmarkAPIBatching counts the SQS calls that many clients cause.
func BenchmarkAPIBatching(b *testing.B) {
	binary := buildProgram(b, "../../api")
	for b.Loop() {
		w := newAPIWorld(b, sqsDelay)
		api := w.start(b, binary)
		newCaller(api.url, apiClients, apiPayload).flood(b, apiClients, batchingRequests)
		calls := float64(w.aws.Faults.Calls("sqs.SendMessage*")) * 1000 / batchingRequests
		resident := peakMemory(b, api.pid)
		api.stop()
		figure(b, "api", "SQS send calls per 1,000 accepted at 256 clients", fmt.Sprintf("%.0f", calls),
			fmt.Sprintf("at most %.0f", callsTarget), calls <= callsTarget)
		figure(b, "api", "resident at most, at 256 clients with 2 KB payloads", fmt.Sprintf("%.1f MiB", float64(resident)/(1<<20)),
			"under 128 MiB", resident < apiResidentTarget)
		b.ReportMetric(calls, "calls/1000")
	}
}

// BenchmarkAPITail sends at a steady rate, regardless of the answers, and
// compares the slowest hundredth with direct calls made meanwhile.
func BenchmarkAPITail(b *testing.B) {
	binary := buildProgram(b, "../../api")
	for b.Loop() {
		w := newAPIWorld(b, sqsDelay)
		api := w.start(b, binary)
		c := newCaller(api.url, 512, 512)
		c.flood(b, 32, 320)
		took := make([]time.Duration, openLoopRate*openLoopSeconds)
		direct := make([]time.Duration, len(took)/100)
		var wg sync.WaitGroup
		began := time.Now()
		for i := range took {
			due := began.Add(time.Duration(i) * time.Second / openLoopRate)
			<-time.After(time.Until(due))
			wg.Go(func() {
				c.send(b)
				// From when it was due: a late start is latency too.
				took[i] = time.Since(due)
			})
			if i%100 == 0 {
				wg.Go(func() { direct[i/100] = w.sendDirect(b) })
			}
		}
		wg.Wait()
		api.stop()
		slices.Sort(took)
		p99 := took[len(took)*99/100]
		ratio := float64(p99) / float64(median(direct))
		figure(b, "api", "p99 at 1,000 requests/s", fmt.Sprintf("%s, %.1f times a direct call", p99.Round(100*time.Microsecond), ratio),
			fmt.Sprintf("at most %.0f times", tailTarget), ratio <= tailTarget)
		b.ReportMetric(ratio, "p99/direct")
	}
}

// BenchmarkAPILone compares a client that is alone with a direct call, and with a
// request that the api answers at once, which shows what one more process takes on this
// machine: a process that sleeps has to wake.
func BenchmarkAPILone(b *testing.B) {
	binary := buildProgram(b, "../../api")
	for b.Loop() {
		w := newAPIWorld(b, sqsDelay)
		api := w.start(b, binary)
		c := newCaller(api.url, 1, 512)
		var through, direct, health []time.Duration
		for range loneCalls {
			through, direct = append(through, c.send(b)), append(direct, w.sendDirect(b))
			<-time.After(sqsDelay)
			health = append(health, c.askHealth(b))
		}
		api.stop()
		added, hop := median(through)-median(direct), median(health)
		figure(b, "api", "adds for a lone client", fmt.Sprintf("%s, of which a request that is answered at once takes %s",
			added.Round(time.Microsecond), hop.Round(time.Microsecond)),
			fmt.Sprintf("at most %s more than that", loneTarget), added-hop <= loneTarget)
		b.ReportMetric(float64(added.Microseconds()), "µs-added")
	}
}

// BenchmarkAPICPU compares processor time with a bare gin handler's.
func BenchmarkAPICPU(b *testing.B) {
	api, bare := buildProgram(b, "../../api"), buildProgram(b, "./baregin")
	for b.Loop() {
		var ratios []float64
		for range cpuRounds {
			ratios = append(ratios, float64(perRequest(b, api))/float64(perRequest(b, bare)))
		}
		got := median(ratios)
		figure(b, "api", "processor time per accepted request at 256 clients", fmt.Sprintf("%.2f times a bare gin handler's", got),
			fmt.Sprintf("at most %.1f times, median of %d alternating rounds", cpuTarget, cpuRounds), got <= cpuTarget)
		b.ReportMetric(got, "cpu/bare")
	}
}

func perRequest(b *testing.B, binary string) time.Duration {
	b.Helper()
	w := newAPIWorld(b, 0)
	p := w.start(b, binary)
	defer p.stop()
	c := newCaller(p.url, apiClients, 512)
	c.flood(b, apiClients, apiClients*4)
	before := cpu(b, p.pid)
	c.flood(b, apiClients, cpuRequests)
	return (cpu(b, p.pid) - before) / cpuRequests
}

// BenchmarkAPIStart measures the binary, and how soon it is ready.
func BenchmarkAPIStart(b *testing.B) {
	binary := buildProgram(b, "../../api")
	info, err := os.Stat(binary)
	check(b, err)
	for b.Loop() {
		w := newAPIWorld(b, 0)
		var times []time.Duration
		for range readyRuns {
			api := w.start(b, binary)
			api.stop()
			times = append(times, api.ready)
		}
		got := median(times)
		figure(b, "api", "binary, stripped", fmt.Sprintf("%.1f MB", float64(info.Size())/1e6), "under 30 MB", info.Size() < apiSizeTarget)
		figure(b, "api", "ready after", got.Round(100*time.Microsecond).String(),
			fmt.Sprintf("within %s, median of %d", readyTarget, readyRuns), got <= readyTarget)
		b.ReportMetric(float64(got.Microseconds())/1000, "ms-to-ready")
	}
}
