package consumer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHealth_idle_isNotStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newSimQueue(0), newSimStore(), func(o *Options) { o.SleepOnEmpty = 10 * time.Minute })
		for range 100 {
			elapse(30 * time.Second)
			require.Empty(t, c.Health().Stalled)
		}
		c.stop()
	})
}

// deaf is a queue whose polls hang whatever their context says.
type deaf struct {
	*simQueue
	release chan struct{}
}

func (q deaf) Receive(context.Context, ReceiveRequest) ([]Delivery, error) {
	<-q.release
	return nil, nil
}

func TestHealth_pollThatHangs_isStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := deaf{newSimQueue(0), make(chan struct{})}
		c := start(t, q, newSimStore(), nil)
		elapse(20*time.Second + Stall - time.Second)
		require.Empty(t, c.Health().Stalled)
		elapse(2 * time.Second)
		assert.Regexp(t, `^poller [12] has not moved for`, c.Health().Stalled)
		close(q.release)
		c.stop()
	})
}

func TestHealth_messageThatNoGoroutineHandles_isStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(1), newSimStore()
		c := start(t, q, s, nil)
		elapse(time.Hour)
		require.Empty(t, c.Health().Stalled, "nothing in flight, nothing to do")
		lost := newMessage(Delivery{ID: "lost"}, Name{Key: "key"}, time.Now())
		c.inFlight.add(0, []*message{lost}, MaxInFlight)
		require.Empty(t, c.Health().Stalled)
		elapse(Stall + time.Second)
		assert.Contains(t, c.Health().Stalled, "1 messages are in flight and nothing has moved")
		c.stop()
	})
}

func TestHealth_uploadThatIgnoresItsTimeout_isStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(1), newSimStore()
		release := make(chan struct{})
		s.fail = func(key string) error {
			if key == "emails/m0000" {
				<-release
			}
			return nil
		}
		q.send("other")
		c := startWarm(t, q, s, func(o *Options) { o.Visibility = MaxInFlight })
		// Others move all the time.
		for i := range 108 {
			require.Empty(t, c.Health().Stalled)
			elapse(time.Second)
			q.send(fmt.Sprint("good", i))
		}
		elapse(3 * time.Second)
		assert.Contains(t, c.Health().Stalled, "message m0000 is still uploading")
		close(release)
		c.stop()
	})
}

// A consumer whose pollers do not wake up polls nothing, though it might.
func TestHealth_nothingPolledThoughDue_isStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		c := start(t, q, s, nil)
		elapse(time.Second)
		c.inFlight.mu.Lock()
		c.inFlight.reserved = 1 + c.inFlight.capacity // as long as the pollers come by
		c.inFlight.update()
		c.inFlight.mu.Unlock()
		elapse(time.Hour)
		require.Empty(t, c.Health().Stalled, "no poll is due")
		c.inFlight.mu.Lock()
		c.inFlight.reserved = 0
		c.inFlight.freeSince = time.Now() // without waking them
		c.inFlight.mu.Unlock()
		elapse(Stall)
		require.Empty(t, c.Health().Stalled)
		elapse(time.Second)
		assert.Contains(t, c.Health().Stalled, "has not moved for 1m31s")
		c.stop()
	})
}

func TestHealth_countsAndTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		s.fail = func(key string) error { return when(strings.HasPrefix(key, "emails/bad"), errDenied) }
		c := start(t, q, s, nil)
		assert.Equal(t, Health{}, c.Health())
		q.send("good")
		elapse(time.Second)
		q.send("bad")
		elapse(time.Minute)
		q.send("good2")
		elapse(20 * time.Second)

		h := c.Health()

		assert.Equal(t, 1, h.InFlight)
		assert.Equal(t, 1, h.Retrying)
		assert.Equal(t, "storing: AccessDenied: Access Denied", h.LastFailure)
		assert.WithinDuration(t, time.Now(), h.LastFailureAt, 36*time.Second)
		assert.Equal(t, 20*time.Second, time.Since(h.LastStoredAt))
		assert.Less(t, time.Since(h.LastPolledAt), 21*time.Second)
		c.stop()
	})
}

func TestCause_leavesOutURLs(t *testing.T) {
	err := fmt.Errorf("writing to S3: %w", &url.Error{Op: "Put", URL: "http://host/emails/1693561101", Err: io.ErrUnexpectedEOF})
	assert.Equal(t, "unexpected EOF", cause(err))
	assert.Equal(t, "no route", cause(errors.New("no route")))
	assert.Len(t, cause(errors.New(strings.Repeat("x", 1000))), 200)
}
