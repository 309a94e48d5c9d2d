package consumer

import (
	"context"
	"errors"
	"time"
)

// linger is how long a delete waits for company. The object is there already;
// all that a message loses by waiting is company of its own.
const linger = 50 * time.Millisecond

// deleting is the delay before a delete that failed is tried again.
var deleting = backoff{first: time.Second, last: 30 * time.Second}

// gather makes batches of what is stored, full ones where messages come fast.
func (c *Consumer) gather(ctx context.Context) {
	for {
		batch := c.nextBatch(ctx)
		if len(batch) == 0 {
			return
		}
		select {
		case c.batches <- batch:
		case <-ctx.Done():
			return
		}
	}
}

// nextBatch is empty when ctx ended first.
func (c *Consumer) nextBatch(ctx context.Context) []*item {
	var batch []*item
	select {
	case it := <-c.deletes:
		batch = append(make([]*item, 0, BatchSize), it)
	case <-ctx.Done():
		return nil
	}
	timer := time.NewTimer(linger)
	defer timer.Stop()
	for len(batch) < BatchSize {
		select {
		case it := <-c.deletes:
			batch = append(batch, it)
		case <-timer.C:
			return batch
		case <-ctx.Done():
			return nil
		}
	}
	return batch
}

// delete works until ctx ends, and finishes the call that it has begun.
func (c *Consumer) delete(ctx context.Context, p *pulse) {
	for {
		p.rest()
		select {
		case batch := <-c.batches:
			p.begin(0)
			for _, failed := range c.deleteBatch(context.WithoutCancel(ctx), batch) {
				failed.deletes++
				c.hand.later(failed, deleting.after(failed.deletes), c.deletes)
			}
			c.moved()
		case <-ctx.Done():
			return
		}
	}
}

// deleteBatch deletes what it can, and returns what is worth another try.
func (c *Consumer) deleteBatch(ctx context.Context, batch []*item) (again []*item) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	handles := make([]string, len(batch))
	for i, it := range batch {
		handles[i] = it.Handle
	}
	results, err := c.Queue.DeleteBatch(ctx, handles)
	if err != nil {
		c.Logger.Warn("deleting", "messages", len(batch), "error", err)
		return batch
	}
	for i, it := range batch {
		switch result := results[i]; {
		case result == nil:
			c.counts.deleted.Add(1)
			c.hand.drop(it)
		case errors.Is(result, ErrRefused):
			c.Logger.Warn("deleting; another receive owns the message and will meet its object",
				"message_id", it.ID, "error", result)
			c.hand.drop(it)
		default:
			c.Logger.Warn("deleting", "message_id", it.ID, "error", result)
			again = append(again, it)
		}
	}
	return again
}
