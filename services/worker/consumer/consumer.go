package consumer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Options configure a Consumer. All but Tracer, SleepOnEmpty and PollWait are
// required.
type Options struct {
	Queue Queue
	Store Store
	// Name names the object of a delivery. A delivery for which it returns an
	// error stays in the queue, until its receive count moves it to the
	// dead-letter queue.
	Name   func(Delivery) (Name, error)
	Logger *slog.Logger
	// Tracer makes a span of each delivery, with its uploads and deletes in it.
	Tracer trace.Tracer

	// Pollers is how many polls wait at once.
	Pollers int
	// MaxMessages is the most that one poll asks for, 1 to BatchSize.
	MaxMessages int
	// PollWait is how long a poll waits for a first message, 0 to 20 s.
	PollWait time.Duration
	// SleepOnEmpty is the pause after a poll that returned nothing.
	SleepOnEmpty time.Duration
	// Visibility is the visibility timeout of a receive and of each extension;
	// whole seconds, 1 s to MaxInFlight.
	Visibility time.Duration
	// UploadConcurrency is how many uploads run at once.
	UploadConcurrency int
}

func (o Options) validate() error {
	var problems []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	require(o.Queue != nil && o.Store != nil && o.Name != nil && o.Logger != nil,
		"the consumer needs a Queue, a Store, a Name and a Logger")
	require(o.Pollers > 0, "Pollers is %d; allowed is 1 or more", o.Pollers)
	require(o.MaxMessages > 0 && o.MaxMessages <= BatchSize,
		"MaxMessages is %d; allowed is 1 to %d", o.MaxMessages, BatchSize)
	require(o.PollWait >= 0, "PollWait is %s; allowed is 0 or more", o.PollWait)
	require(o.SleepOnEmpty >= 0, "SleepOnEmpty is %s; allowed is 0 or more", o.SleepOnEmpty)
	require(o.Visibility >= time.Second && o.Visibility <= MaxInFlight && o.Visibility%time.Second == 0,
		"Visibility is %s; allowed are whole seconds from 1s to %s", o.Visibility, MaxInFlight)
	require(o.UploadConcurrency > 0, "UploadConcurrency is %d; allowed is 1 or more", o.UploadConcurrency)
	return errors.Join(problems...)
}

// capacity is how many messages may be in flight: those being uploaded, as many
// again on their way to be deleted, and what the running polls may return.
func (o Options) capacity() int {
	return 2*o.UploadConcurrency + 2*o.Pollers*o.MaxMessages
}

// How long each call may take, retries of the SDK included. What times out is
// tried again by the loop that made the call.
const (
	uploadTimeout = 20 * time.Second
	batchTimeout  = 5 * time.Second
	// receiveTimeout is added to the poll's own wait.
	receiveTimeout = 20 * time.Second
)

// Consumer moves messages from a queue to a store. Make one with New; Run it
// once.
type Consumer struct {
	opts     Options
	log      *slog.Logger
	inFlight *inFlight
	pace     *pace
	extender *extender
	deletes  chan *message
	loops    []*loop
	events   events
}

// New makes a consumer. Its error names everything that is wrong with o.
func New(o Options) (*Consumer, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	c := &Consumer{
		opts: o, log: o.Logger,
		inFlight: newInFlight(o.capacity(), o.UploadConcurrency), pace: newPace(),
		deletes: make(chan *message),
	}
	c.extender = newExtender(o, c.inFlight)
	c.loops = []*loop{c.extender.loop}
	for n := range o.Pollers {
		c.loops = append(c.loops, &loop{name: fmt.Sprintf("poller %d", n+1)})
	}
	return c, nil
}

// Run moves messages until ctx ends, then stops as described at stop. It
// returns when nothing of it runs any more, within StopWithin of ctx's end.
func (c *Consumer) Run(ctx context.Context) {
	// What continues after ctx keeps its values and has its own limits.
	detached := context.WithoutCancel(ctx)
	uploads, cancelUploads := context.WithCancel(detached)
	defer cancelUploads()
	deletes, cancelDeletes := context.WithCancel(detached)
	defer cancelDeletes()
	extending, cancelExtending := context.WithCancel(detached)
	defer cancelExtending()

	var g goroutines
	process := func(m *message) {
		g.uploads.Add(1)
		g.deletes.Go(func() {
			stored := c.upload(ctx, uploads, m)
			g.uploads.Done()
			if stored {
				c.delete(deletes, m)
			}
		})
	}
	for _, l := range c.loops[1:] {
		g.pollers.Go(func() { c.poll(ctx, l, process) })
	}
	g.deletes.Go(func() { c.deleteInBatches(deletes) })
	g.extender.Go(func() { c.extender.run(extending) })

	<-ctx.Done()
	began := time.Now()
	c.log.Info("stopping", "in_flight", c.inFlight.count())
	timer := time.AfterFunc(finishUploads, cancelUploads)
	defer timer.Stop()
	c.stop(detached, &g, cancelDeletes, cancelExtending)
	c.log.Info("stopped", append(c.Stats().attrs(), "took", time.Since(began).Round(time.Millisecond).String())...)
}

// goroutines are those of a running consumer. A message's goroutine counts among
// uploads until its upload ends, and among deletes until the message leaves.
type goroutines struct {
	pollers, uploads, deletes, extender sync.WaitGroup
}

// How long the steps of stopping may take, each from the end of the one before.
const (
	finishUploads  = 10 * time.Second
	finishDeletes  = 5 * time.Second
	returnMessages = 4 * time.Second
)

// StopWithin is the longest that Run takes to return after its context ended:
// the deletes that run when uploads end may need a batchTimeout of their own.
// It is below the 25 s that ECS gives the container.
const StopWithin = finishUploads + batchTimeout + finishDeletes + returnMessages

// stop ends the goroutines in the order in which messages pass through them.
// Messages that wait for an upload return to the queue at once; running uploads
// are finished and their messages deleted, as far as time allows; the remaining
// messages return, too.
func (c *Consumer) stop(ctx context.Context, g *goroutines, cancelDeletes, cancelExtending context.CancelFunc) {
	g.pollers.Wait()
	c.returnWaiting(ctx)
	g.uploads.Wait()

	cancelDeletes()
	g.deletes.Wait()
	c.deleteStored(ctx)

	cancelExtending()
	g.extender.Wait()
	c.returnWaiting(ctx)
	c.inFlight.removeAll(expired, stored)
}

// returnWaiting returns every message that waits for an upload.
func (c *Consumer) returnWaiting(ctx context.Context) {
	waiting := c.inFlight.removeAll(returned, received, retrying)
	if len(waiting) == 0 {
		return
	}
	c.events.returned.Add(int64(len(waiting)))
	ctx, cancel := context.WithTimeout(ctx, returnMessages)
	defer cancel()
	c.extender.returnToQueue(ctx, waiting, delayAtStop)
}
