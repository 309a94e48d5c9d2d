// Package bulk sends many payloads at once and counts their results.
package bulk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/payloads"
	"github.com/ingest-iac/ingest/services/internal/backoff"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// Options of a run; all but Rate and Patience are required.
type Options struct {
	Send     func(ctx context.Context, body []byte) apiclient.Answer
	Payloads iter.Seq2[payloads.Payload, error]
	// Patience is how long Payloads that come from another program are awaited, and
	// kept, when the run has been told to end: the program may write for ever, or nothing.
	// 0 takes all of them.
	Patience    time.Duration
	Token       string
	Concurrency int
	// Rate bounds the payloads a second; 0 does not.
	Rate float64
	// Progress is told after each payload how many are done, one call at a time.
	Progress func(done int)
	// Keep is given each payload that was not accepted, one call at a time. A run
	// whose payloads cannot be kept stops sending.
	Keep func(NotAccepted) error
}

// NotAccepted is a payload that the API has not accepted. Its JSON can be sent
// again: what reads payloads ignores the rest.
type NotAccepted struct {
	payloads.Payload
	// Status is the HTTP status, 0 for no answer and for a payload never tried.
	Status int    `json:"status"`
	Reason string `json:"reason"`
	// NeverTried is that the run ended before the payload was sent.
	NeverTried bool `json:"never_tried,omitempty"`
}

// Permanent reports whether the payload itself is what the API refuses, so that it
// has to be corrected before it is sent again.
func (n NotAccepted) Permanent() bool {
	switch n.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	default:
		return false
	}
}

// Summary counts the results of a run's payloads.
type Summary struct {
	// Statuses counts by HTTP status, 0 for no answer.
	Statuses map[int]int `json:"statuses"`
	// Sent is all that were tried; Resent counts the attempts beyond the first.
	Sent   int `json:"sent"`
	Resent int `json:"resent"`
	// Refused are those that have to be corrected, Failed the others that were not
	// accepted; NeverTried are those of Failed that were not sent.
	Refused    int `json:"refused"`
	Failed     int `json:"failed"`
	NeverTried int `json:"never_tried"`
	// Unread is that the payloads had not ended within Options.Patience.
	Unread bool `json:"unread,omitempty"`
	// Seconds is how long the run took, PerSecond the payloads in one.
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"per_second"`
	// Latencies are percentiles in seconds.
	Latencies map[string]float64 `json:"latencies_seconds"`

	histogram *hdrhistogram.Histogram
}

// run is a run under way.
type run struct {
	Options
	cancel context.CancelFunc

	mu      sync.Mutex
	summary Summary
	// err is the first error of keeping a payload.
	err error
}

// Run sends every payload. When ctx ends it sends no further ones: those that are
// left are kept as never tried. Its error is that of the payloads' source, or of
// keeping them.
func Run(ctx context.Context, o Options) (Summary, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &run{Options: o, cancel: cancel, summary: Summary{
		Statuses: map[int]int{}, Latencies: map[string]float64{},
		// From 1 µs to 10 minutes, to three digits.
		histogram: hdrhistogram.New(1, (10 * time.Minute).Microseconds(), 3),
	}}
	limiter := rate.NewLimiter(rate.Inf, 1)
	if o.Rate > 0 {
		limiter.SetLimit(rate.Limit(o.Rate))
	}
	started := time.Now()
	var senders errgroup.Group
	senders.SetLimit(o.Concurrency)
	var source error
	for payload, err := range r.payloads(ctx) {
		if err != nil {
			source = err
			break
		}
		if limiter.Wait(ctx) != nil || ctx.Err() != nil {
			r.keep(NotAccepted{Payload: payload, Reason: "not sent: the run ended before", NeverTried: true})
			continue
		}
		body, err := payload.Body(o.Token)
		if err != nil {
			source = err
			break
		}
		senders.Go(func() error {
			r.add(payload, o.Send(ctx, body))
			return nil
		})
	}
	_ = senders.Wait()
	r.summary.finish(time.Since(started))
	return r.summary, errors.Join(source, r.err)
}

// payloads yields the payloads until the patience after the end of ctx is over.
func (r *run) payloads(ctx context.Context) iter.Seq2[payloads.Payload, error] {
	if r.Patience == 0 {
		return r.Payloads
	}
	return func(yield func(payloads.Payload, error) bool) {
		patience, cancel := backoff.WithGrace(ctx, r.Patience)
		defer cancel()
		next, stop := iter.Pull2(r.Payloads)
		type result struct {
			payload payloads.Payload
			err     error
			ok      bool
		}
		results := make(chan result, 1)
		for {
			go func() {
				payload, err, ok := next()
				results <- result{payload, err, ok}
			}()
			select {
			case got := <-results:
				if !got.ok || !yield(got.payload, got.err) {
					stop()
					return
				}
			case <-patience.Done():
				// A read of a pipe cannot be called off: it is left behind.
				r.summary.Unread = true
				go func() {
					<-results
					stop()
				}()
				return
			}
		}
	}
}

// add counts an answer, and keeps the payload where it was not accepted.
func (r *run) add(payload payloads.Payload, answer apiclient.Answer) {
	if !answer.Accepted() {
		r.keep(NotAccepted{Payload: payload, Status: answer.Status, Reason: cmp.Or(answer.Detail, http.StatusText(answer.Status))})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.summary
	s.Sent++
	s.Resent += max(answer.Attempts-1, 0)
	s.Statuses[answer.Status]++
	// Longer ones are counted as the longest.
	_ = s.histogram.RecordValue(min(answer.Latency.Microseconds(), s.histogram.HighestTrackableValue()))
	r.Progress(s.Sent)
}

func (r *run) keep(payload NotAccepted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case payload.Permanent():
		r.summary.Refused++
	case payload.NeverTried:
		r.summary.NeverTried++
		r.summary.Failed++
	default:
		r.summary.Failed++
	}
	if err := r.Keep(payload); err != nil {
		r.err = cmp.Or(r.err, err)
		r.cancel()
	}
}

func (s *Summary) finish(took time.Duration) {
	s.Seconds = took.Seconds()
	if took > 0 {
		s.PerSecond = float64(s.Sent) / s.Seconds
	}
	for name, quantile := range map[string]float64{"p50": 50, "p90": 90, "p99": 99, "max": 100} {
		s.Latencies[name] = time.Duration(s.histogram.ValueAtQuantile(quantile) * int64(time.Microsecond)).Seconds()
	}
}

// bars is how wide the histogram's longest bar is, in characters.
const bars = 40

// Write writes the summary as text.
func (s *Summary) Write(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%d sent in %.1f s (%.0f a second), %d attempts repeated\n", s.Sent, s.Seconds, s.PerSecond, s.Resent)
	for _, status := range slices.Sorted(maps.Keys(s.Statuses)) {
		name := strconv.Itoa(status)
		if status == 0 {
			name = "no answer"
		}
		_, _ = fmt.Fprintf(w, "  %-10s %d\n", name, s.Statuses[status])
	}
	_, _ = fmt.Fprintf(w, "latency p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, max %.1f ms\n",
		1000*s.Latencies["p50"], 1000*s.Latencies["p90"], 1000*s.Latencies["p99"], 1000*s.Latencies["max"])
	s.writeHistogram(w)
}

// writeHistogram draws a bar for each doubling of the latency.
func (s *Summary) writeHistogram(w io.Writer) {
	counts, most := map[int]int64{}, int64(1)
	for _, bar := range s.histogram.Distribution() {
		if bar.Count == 0 {
			continue
		}
		bucket := 0
		for edge := int64(1000); edge <= bar.From; edge *= 2 {
			bucket++
		}
		counts[bucket] += bar.Count
		most = max(most, counts[bucket])
	}
	for _, bucket := range slices.Sorted(maps.Keys(counts)) {
		length := max(int(counts[bucket]*bars/most), 1)
		_, _ = fmt.Fprintf(w, "  < %6d ms %s %d\n", 1<<bucket, strings.Repeat("#", length), counts[bucket])
	}
}
