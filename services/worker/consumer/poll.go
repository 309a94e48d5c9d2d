package consumer

import (
	"context"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
	"github.com/ingest-iac/ingest/services/internal/tracing"
)

// receiveRetry is the delay before a poll that follows a failed one.
var receiveRetry = backoff.Policy{First: time.Second, Last: 30 * time.Second}

// poll receives messages until ctx ends, and starts process for each. It polls
// whenever its pace allows and more messages may be in flight.
func (c *Consumer) poll(ctx context.Context, l *loop, process func(*message)) {
	failures := 0
	for {
		if !c.pace.begin(ctx, l.wait) {
			return
		}
		n, ok := c.inFlight.reserve(ctx, c.opts.MaxMessages)
		if !ok {
			return
		}
		l.begin(c.opts.PollWait)
		deliveries, err := c.receive(ctx, n)
		c.pace.end(n, deliveries)
		messages := c.withNames(deliveries)
		c.inFlight.add(n, messages, c.opts.Visibility)
		for _, m := range messages {
			process(m)
		}

		delay := time.Duration(0)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failures++
			delay = receiveRetry.After(failures)
			c.events.failed("receiving", err)
			c.log.Warn("receiving", "error", err, "retry_in", delay.String())
		default:
			failures = 0
			c.events.polled()
			if len(deliveries) == 0 {
				delay = c.opts.SleepOnEmpty
			}
		}
		l.begin(delay)
		backoff.Sleep(ctx, delay)
	}
}

func (c *Consumer) receive(ctx context.Context, n int) ([]Delivery, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.PollWait+receiveTimeout)
	defer cancel()
	return c.opts.Queue.Receive(ctx, ReceiveRequest{Max: n, Wait: c.opts.PollWait, Visibility: c.opts.Visibility})
}

// withNames returns the deliveries that name an object. The others are left to
// the queue, which counts their receives.
func (c *Consumer) withNames(deliveries []Delivery) []*message {
	now := time.Now()
	messages := make([]*message, 0, len(deliveries))
	for _, delivery := range deliveries {
		c.events.received.Add(1)
		span := tracing.Receive(c.opts.Tracer, delivery.Traceparent)
		span.Set("messaging.system", "aws_sqs")
		span.Set("messaging.message.id", delivery.ID)
		name, err := c.opts.Name(delivery)
		if err != nil {
			span.End(err.Error())
			c.events.poison.Add(1)
			c.log.Error("message is poison; the queue's redrive will move it to the dead-letter queue",
				"message_id", delivery.ID, "reason", err.Error(), "receive_count", delivery.Receives)
			continue
		}
		m := newMessage(delivery, name, now)
		m.span = span
		messages = append(messages, m)
	}
	return messages
}
