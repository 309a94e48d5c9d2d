package consumer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Options say how a Consumer works. All but SleepOnEmpty and PollWait are
// required.
type Options struct {
	Queue Queue
	Store Store
	// Key names the object of a delivery. Its error marks the message as
	// poison: it stays in the queue until redrive moves it away.
	Key    func(Delivery) (string, error)
	Logger *slog.Logger

	// Pollers is how many polls wait at once.
	Pollers int
	// MaxMessages is the most that one poll asks for, 1 to BatchSize.
	MaxMessages int
	// PollWait is how long a poll waits for a first message, 0 to 20 s.
	PollWait time.Duration
	// SleepOnEmpty is the pause after a poll that returned nothing.
	SleepOnEmpty time.Duration
	// Visibility is how long a receive hides a message, and how long each
	// extension does; whole seconds, 1 s to MaxInFlight.
	Visibility time.Duration
	// UploadConcurrency is how many uploads run at once.
	UploadConcurrency int
}

func (o Options) validate() error {
	var faults []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	require(o.Queue != nil && o.Store != nil && o.Key != nil && o.Logger != nil,
		"the consumer needs a Queue, a Store, a Key and a Logger")
	require(o.Pollers > 0, "Pollers is %d; allowed is 1 or more", o.Pollers)
	require(o.MaxMessages > 0 && o.MaxMessages <= BatchSize,
		"MaxMessages is %d; allowed is 1 to %d", o.MaxMessages, BatchSize)
	require(o.PollWait >= 0, "PollWait is %s; allowed is 0 or more", o.PollWait)
	require(o.SleepOnEmpty >= 0, "SleepOnEmpty is %s; allowed is 0 or more", o.SleepOnEmpty)
	require(o.Visibility >= time.Second && o.Visibility <= MaxInFlight && o.Visibility%time.Second == 0,
		"Visibility is %s; allowed are whole seconds from 1s to %s", o.Visibility, MaxInFlight)
	require(o.UploadConcurrency > 0, "UploadConcurrency is %d; allowed is 1 or more", o.UploadConcurrency)
	return errors.Join(faults...)
}

// room is how many messages may be in hand: those being uploaded and as many
// again on their way to be deleted, and what the polls under way may bring.
func (o Options) room() int {
	return 2*o.UploadConcurrency + 2*o.Pollers*o.MaxMessages
}

// deleters is how many deletes run at once. Messages cannot arrive faster than
// Pollers batches at a time; twice that, since batches may leave less full.
func (o Options) deleters() int { return 2 * o.Pollers }

// How long each call may take in all, tries included. What times out is tried
// again by the loop that made the call.
const (
	uploadTimeout = 20 * time.Second
	batchTimeout  = 5 * time.Second
	// receiveTimeout comes on top of the poll's own wait.
	receiveTimeout = 20 * time.Second
)

// Consumer moves messages from a queue to a store. Make one with New; Run it
// once.
type Consumer struct {
	Options

	hand   *hand
	gate   *gate
	keeper *keeper

	// Each has room for everything in hand, so that no sender ever waits.
	uploads chan *item
	retries chan *item
	deletes chan *item
	batches chan []*item

	pulseMu   sync.Mutex
	pulses    []*pulse
	lastMoved atomic.Int64
	counts    counts
}

// New makes a consumer, or says all that is wrong with o.
func New(o Options) (*Consumer, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	room := o.room()
	c := &Consumer{
		Options: o,
		hand:    newHand(room),
		gate:    newGate(),
		uploads: make(chan *item, room),
		retries: make(chan *item, room),
		deletes: make(chan *item, room),
		batches: make(chan []*item),
	}
	c.keeper = &keeper{
		queue: o.Queue, hand: c.hand, visibility: o.Visibility, log: o.Logger,
		pulse: c.newPulse("extending visibility"), turn: semaphore.NewWeighted(1),
	}
	c.moved()
	return c, nil
}

// Run moves messages until ctx ends, then stops as Consumer.stop describes. It
// returns when nothing of it runs any more, within StopWithin of ctx's end.
func (c *Consumer) Run(ctx context.Context) {
	// What outlives ctx keeps its values and gets limits of its own.
	beyond := context.WithoutCancel(ctx)
	uploads, endUploads := context.WithCancel(beyond)
	defer endUploads()
	deletes, endDeletes := context.WithCancel(beyond)
	defer endDeletes()
	keeping, endKeeping := context.WithCancel(beyond)
	defer endKeeping()

	var l loops
	for n := range c.Pollers {
		p := c.newPulse(fmt.Sprintf("poller %d", n+1))
		l.pollers.Go(func() { c.poll(ctx, p) })
	}
	for n := range c.UploadConcurrency {
		p := c.newPulse(fmt.Sprintf("uploader %d", n+1))
		l.uploaders.Go(func() { c.upload(ctx, uploads, p) })
	}
	for n := range c.deleters() {
		p := c.newPulse(fmt.Sprintf("deleter %d", n+1))
		l.deleters.Go(func() { c.delete(deletes, p) })
	}
	l.deleters.Go(func() { c.gather(deletes) })
	l.keeper.Go(func() { c.keeper.run(keeping) })

	<-ctx.Done()
	c.stop(beyond, &l, ends{uploads: endUploads, deletes: endDeletes, keeping: endKeeping})
}

// loops are the goroutines of a running consumer.
type loops struct {
	pollers, uploaders, deleters, keeper sync.WaitGroup
}

// ends end what outlives the pollers.
type ends struct {
	uploads, deletes, keeping context.CancelFunc
}
