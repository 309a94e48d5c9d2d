package consumer

import (
	"context"
	"time"
)

// receiving is the delay before a poll that follows a failed one.
var receiving = backoff{first: time.Second, last: 30 * time.Second}

// poll receives until ctx ends. It goes on only with room for all that it asks
// for, so that nothing waits unseen while its visibility runs out.
func (c *Consumer) poll(ctx context.Context, p *pulse) {
	failures := 0
	for {
		p.rest()
		n, ok := c.gate.quota(ctx, c.MaxMessages)
		if !ok || !c.hand.reserve(ctx, n) {
			return
		}
		if n > 1 && !c.gate.isOpen() {
			// It closed while this poller waited for room.
			c.hand.cancel(n)
			continue
		}
		p.begin(c.PollWait)
		got, err := c.receive(ctx, n)
		c.hand.cancel(n - c.accept(got))
		delay := time.Duration(0)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failures++
			delay = receiving.after(failures)
			c.Logger.Warn("receiving", "error", err, "retry_in", delay.String())
		case len(got) == 0:
			failures, delay = 0, c.SleepOnEmpty
		default:
			failures = 0
		}
		p.begin(delay)
		pause(ctx, delay)
	}
}

func (c *Consumer) receive(ctx context.Context, n int) ([]Delivery, error) {
	ctx, cancel := context.WithTimeout(ctx, c.PollWait+receiveTimeout)
	defer cancel()
	return c.Queue.Receive(ctx, ReceiveRequest{Max: n, Wait: c.PollWait, Visibility: c.Visibility})
}

// accept takes deliveries in hand and sends them on, and returns how many it
// took: poison stays behind.
func (c *Consumer) accept(deliveries []Delivery) (taken int) {
	now := time.Now()
	for _, delivery := range deliveries {
		c.counts.received.Add(1)
		key, err := c.Key(delivery)
		if err != nil {
			c.counts.poison.Add(1)
			c.Logger.Error("message is poison; the queue's redrive will move it to the dead-letter queue",
				"message_id", delivery.ID, "reason", err.Error(), "receive_count", delivery.Receives)
			continue
		}
		it := &item{Delivery: delivery, key: key, receivedAt: now}
		c.hand.shown(it, now, c.Visibility)
		c.hand.take(it)
		c.moved()
		c.uploads <- it
		taken++
	}
	return taken
}
