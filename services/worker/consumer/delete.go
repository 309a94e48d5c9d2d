package consumer

import (
	"context"
	"errors"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
	"golang.org/x/sync/errgroup"
)

// batchDelay is how long a delete waits for others to share its batch. The
// object is in place: waiting delays nothing but the delete.
const batchDelay = 50 * time.Millisecond

// deleteRetry is the delay before a delete that failed is tried again.
var deleteRetry = backoff.Policy{First: time.Second, Last: 30 * time.Second}

// delete has a stored message deleted, and tries again after a backoff until
// ctx ends.
func (c *Consumer) delete(ctx context.Context, m *message) {
	for failures := 1; ; failures++ {
		select {
		case c.deletes <- m:
		case <-ctx.Done():
			return
		}
		select {
		case isDeleted := <-m.deleted:
			if isDeleted || !backoff.Sleep(ctx, deleteRetry.After(failures)) {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// deleteInBatches makes batches of the messages to delete until ctx ends, and
// then finishes the calls that have begun.
func (c *Consumer) deleteInBatches(ctx context.Context) {
	var calls errgroup.Group
	// Messages cannot arrive faster than a batch per poller; twice that, since
	// batches for deletes may be less full.
	calls.SetLimit(2 * c.opts.Pollers)
	for {
		batch := c.nextBatch(ctx)
		if len(batch) == 0 {
			break
		}
		calls.Go(func() error { c.deleteAndReply(ctx, batch); return nil })
	}
	_ = calls.Wait() // deleteBatch logs its errors
}

// deleteAndReply does nothing when ctx has ended: the batch has waited for other
// calls until the stop, and deleteStored goes on with it.
func (c *Consumer) deleteAndReply(ctx context.Context, batch []*message) {
	if ctx.Err() != nil {
		return
	}
	for i, isDeleted := range c.deleteBatch(context.WithoutCancel(ctx), batch) {
		batch[i].deleted <- isDeleted
	}
}

// nextBatch is empty when ctx ended first.
func (c *Consumer) nextBatch(ctx context.Context) []*message {
	batch := make([]*message, 0, BatchSize)
	var timeout <-chan time.Time
	for len(batch) < BatchSize {
		select {
		case m := <-c.deletes:
			if len(batch) == 0 {
				timer := time.NewTimer(batchDelay)
				defer timer.Stop()
				timeout = timer.C
			}
			batch = append(batch, m)
		case <-timeout:
			return batch
		case <-ctx.Done():
			return nil
		}
	}
	return batch
}

// deleteBatch reports for each message whether it has left.
func (c *Consumer) deleteBatch(ctx context.Context, batch []*message) []bool {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	handles := make([]string, len(batch))
	for i, m := range batch {
		handles[i] = m.Handle
		m.deleting = m.span.Call("delete")
	}
	c.inFlight.startDelete(batch)
	results, err := c.opts.Queue.DeleteBatch(ctx, handles)
	areDeleted := make([]bool, len(batch))
	for i, m := range batch {
		if err == nil {
			m.deleting.End(reason(results[i]))
		} else {
			m.deleting.End(reason(err))
		}
	}
	if err != nil {
		c.events.failed("deleting", err)
		c.log.Warn("deleting", "messages", len(batch), "error", err)
		c.inFlight.endDelete(batch, areDeleted)
		return areDeleted
	}
	for i, m := range batch {
		switch result := results[i]; {
		case result == nil:
			areDeleted[i] = true
			c.events.deleted.Add(1)
		case errors.Is(result, ErrPermanent):
			areDeleted[i] = true
			c.log.Warn("deleting; another receive owns the message and will find its object",
				"message_id", m.ID, "error", result)
		default:
			c.events.failed("deleting", result)
			c.log.Warn("deleting", "message_id", m.ID, "error", result)
		}
	}
	c.inFlight.endDelete(batch, areDeleted)
	return areDeleted
}

// deleteStored deletes what is stored when the consumer stops. What it cannot
// delete is received again, and its object found in place.
func (c *Consumer) deleteStored(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, finishDeletes)
	defer cancel()
	remaining := c.inFlight.in(stored)
	for len(remaining) > 0 {
		inBatches(remaining, func(batch []*message) { c.deleteBatch(ctx, batch) })
		remaining = c.inFlight.in(stored)
		if len(remaining) > 0 && !backoff.Sleep(ctx, time.Second) {
			c.log.Warn("stored messages stay in the queue; their next receive finds their objects",
				"messages", len(remaining))
			return
		}
	}
}
