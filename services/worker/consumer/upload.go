package consumer

import (
	"context"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
)

// uploadRetry is the delay before a message that failed is tried again.
var uploadRetry = backoff.Policy{First: time.Second, Last: 30 * time.Second}

// returnDelay is how long a message that cannot be stored stays hidden when it
// is returned to the queue; it grows with the receive count.
var returnDelay = backoff.Policy{First: 30 * time.Second, Last: 15 * time.Minute}

// stopDelay is returnDelay for a message that a stopping consumer returns. It
// grows steeply with the receive count: 30 s, 8 min, 2 h. A consumer that starts
// during the same outage then takes other messages.
var stopDelay = backoff.Policy{First: 30 * time.Second, Last: 2 * time.Hour}

// delayAtStop is the delay of a message that a stopping consumer returns: none,
// except where a second receive or a later one has failed as well.
func delayAtStop(m *message) time.Duration {
	if m.failures == 0 || m.Receives < 2 {
		return 0
	}
	return stopDelay.After(4*m.Receives - 7)
}

// maxFailures is how often one receive of a message may fail while others are
// stored. Such failures take minutes, so a store that fails often, but not
// always, sends nothing to the dead-letter queue.
const maxFailures = 8

// upload stores a message, and tries again after a backoff until ctx ends. An
// attempt that has begun goes on until uploads ends. It reports whether the
// message is left to be deleted.
func (c *Consumer) upload(ctx, uploads context.Context, m *message) (isStored bool) {
	for c.inFlight.startUpload(ctx, m) {
		err := c.put(uploads, m)
		switch c.inFlight.endUpload(ctx, m, err) {
		case stored:
			return true
		case returned:
			c.returnFailed(uploads, m, err)
			return false
		default:
			delay := uploadRetry.After(m.failures)
			c.log.Warn("storing", "message_id", m.ID, "key", m.name.Key, "failures", m.failures,
				"error", err, "retry_in", delay.String())
			if !backoff.Sleep(ctx, delay) {
				return false
			}
		}
	}
	return false
}

// put makes one attempt to store a message.
func (c *Consumer) put(ctx context.Context, m *message) error {
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	span := m.span.Call("upload")
	span.Set("aws.s3.key", m.name.Key)
	outcome, err := c.opts.Store.PutIfAbsent(ctx, m.name, m.Body)
	span.End(reason(err))
	switch {
	case err != nil:
		c.events.uploadFailed(err)
		return err
	case outcome == Created:
		c.events.stored.Add(1)
		c.log.Info("stored", "message_id", m.ID, "key", m.name.Key, "receive_count", m.Receives)
	case outcome == Different:
		c.events.different.Add(1)
		c.log.Warn("stored before with other content; this message is dropped, since its idempotency key was used before",
			"message_id", m.ID, "key", m.name.Key, "receive_count", m.Receives)
	case outcome == Uncompared:
		c.events.present.Add(1)
		c.log.Warn("stored before, and not compared: may the worker read the object (s3:GetObject)?",
			"message_id", m.ID, "key", m.name.Key, "receive_count", m.Receives)
	default:
		c.events.present.Add(1)
		c.log.Info("stored before", "message_id", m.ID, "key", m.name.Key, "receive_count", m.Receives)
	}
	c.events.uploaded()
	m.Body = nil
	return nil
}

// returnFailed returns a message whose failure does not affect others. The queue
// counts its receives, and moves it to the dead-letter queue in the end.
func (c *Consumer) returnFailed(ctx context.Context, m *message, err error) {
	delay := returnDelay.After(m.Receives).Round(time.Second)
	c.log.Error("message cannot be stored though others can; returning it to the queue",
		"message_id", m.ID, "key", m.name.Key, "failures", m.failures, "receive_count", m.Receives,
		"error", err, "visible_in", delay.String())
	c.extender.returnToQueue(ctx, []*message{m}, func(*message) time.Duration { return delay })
}
