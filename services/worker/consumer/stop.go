package consumer

import (
	"context"
	"time"
)

// How long the steps of stopping may take, each from the end of the one before.
const (
	finishUploads = 10 * time.Second
	flushDeletes  = 5 * time.Second
	handBack      = 4 * time.Second
)

// StopWithin is the longest that Run takes to return after its context ended:
// the deletes under way when uploads end may need a batchTimeout of their own.
// It leaves a container's 25 s some room.
const StopWithin = finishUploads + batchTimeout + flushDeletes + handBack

// stop ends the loops in the order in which messages go through them. What
// nobody has begun goes back to the queue at once; what is being uploaded is
// finished and deleted, as far as time allows; the rest goes back, too.
func (c *Consumer) stop(ctx context.Context, l *loops, end ends) {
	began := time.Now()
	c.Logger.Info("stopping", "in_hand", c.hand.count())
	deadline := time.AfterFunc(finishUploads, end.uploads)
	defer deadline.Stop()
	defer c.gate.stop()

	l.pollers.Wait()
	c.handBack(ctx)
	l.uploaders.Wait()

	end.deletes()
	l.deleters.Wait()
	c.flush(ctx)

	end.keeping()
	l.keeper.Wait()
	c.handBack(ctx)
	c.hand.dropAll(stored)
	c.Logger.Info("stopped", append(c.Stats().attrs(), "took", time.Since(began).Round(time.Millisecond).String())...)
}

// handBack makes everything that waits visible to others at once.
func (c *Consumer) handBack(ctx context.Context) {
	untouched := c.hand.dropAll(waiting)
	if len(untouched) == 0 {
		return
	}
	c.counts.handedBack.Add(int64(len(untouched)))
	ctx, cancel := context.WithTimeout(ctx, handBack)
	defer cancel()
	c.keeper.giveBack(ctx, 0, untouched...)
}

// flush deletes everything that is stored. What still cannot be deleted comes
// again and meets its object.
func (c *Consumer) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushDeletes)
	defer cancel()
	left := c.hand.stored()
	for try := 1; len(left) > 0; try++ {
		each(left, func(batch []*item) { c.deleteBatch(ctx, batch) })
		left = c.hand.stored()
		if len(left) > 0 && !pause(ctx, time.Second) {
			break
		}
	}
	if len(left) > 0 {
		c.Logger.Warn("stored messages stay in the queue; the next receive meets their objects", "messages", len(left))
	}
}
