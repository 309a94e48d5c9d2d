package consumer

import (
	"context"
	"time"
)

// retrying is the delay before a message that failed is tried again.
var retrying = backoff{first: time.Second, last: 30 * time.Second}

// returning is how long a message is hidden that is given back to the queue
// because it fails while others get through; it grows with each receive.
var returning = backoff{first: 30 * time.Second, last: 15 * time.Minute}

// maxStrikes is how many such failures one receive of a message is worth. They
// take minutes, so that a store that fails often, but not always, sends
// nothing to the dead-letter queue.
const maxStrikes = 8

// upload works until ctx ends, and finishes what it has begun under working.
func (c *Consumer) upload(ctx, working context.Context, p *pulse) {
	for {
		p.rest()
		it, ok := c.next(ctx)
		if !ok {
			return
		}
		if c.hand.gone(it, time.Now()) {
			c.hand.drop(it)
			continue
		}
		admitted, ok := c.gate.enter(ctx)
		if !ok {
			return
		}
		if !c.hand.enter(it, uploading) {
			c.gate.leave(admitted)
			continue
		}
		p.begin(0)
		c.store(working, it, admitted)
		c.moved()
	}
}

// next takes the next message to upload; fresh ones first, since those that
// failed before may fail again.
func (c *Consumer) next(ctx context.Context) (it *item, ok bool) {
	if ctx.Err() != nil {
		return nil, false
	}
	select {
	case it = <-c.uploads:
		return it, true
	default:
	}
	select {
	case it = <-c.uploads:
		return it, true
	case it = <-c.retries:
		return it, true
	case <-ctx.Done():
		return nil, false
	}
}

func (c *Consumer) store(working context.Context, it *item, admitted pass) {
	ctx, cancel := context.WithTimeout(working, uploadTimeout)
	defer cancel()
	created, err := c.Store.PutIfAbsent(ctx, it.key, it.Body)
	if err != nil {
		c.uploadFailed(working, it, admitted, err)
		return
	}
	if c.gate.succeeded() {
		c.Logger.Info("uploads work again; polling resumes")
	}
	if created {
		c.counts.stored.Add(1)
		c.Logger.Info("stored", "message_id", it.ID, "key", it.key, "receive_count", it.Receives)
	} else {
		c.counts.present.Add(1)
		c.Logger.Info("stored before", "message_id", it.ID, "key", it.key, "receive_count", it.Receives)
	}
	it.Body = nil
	if c.hand.enter(it, stored) {
		c.deletes <- it
	}
}

func (c *Consumer) uploadFailed(working context.Context, it *item, admitted pass, err error) {
	if !c.hand.enter(it, waiting) {
		return
	}
	if working.Err() != nil {
		// The consumer stops and gave this upload up itself.
		c.gate.leave(admitted)
		return
	}
	c.counts.failed.Add(1)
	if c.gate.failed(it, admitted) {
		c.Logger.Error("uploads fail; polling pauses until one succeeds", "in_hand", c.hand.count())
	}
	if it.strikes >= maxStrikes {
		c.forsake(working, it, err)
		return
	}
	delay := retrying.after(it.failures)
	c.Logger.Warn("storing", "message_id", it.ID, "key", it.key, "failures", it.failures,
		"error", err, "retry_in", delay.String())
	c.hand.later(it, delay, c.retries)
}

// forsake gives a message back that fails while others get through: the queue
// counts its receives, and moves it away when there are too many.
func (c *Consumer) forsake(ctx context.Context, it *item, err error) {
	delay := returning.after(it.Receives).Round(time.Second)
	c.Logger.Error("message fails while others get through; giving it back to the queue",
		"message_id", it.ID, "key", it.key, "failures", it.failures, "receive_count", it.Receives,
		"error", err, "reappears_in", delay.String())
	if c.hand.drop(it) {
		c.keeper.giveBack(ctx, delay, it)
	}
}
