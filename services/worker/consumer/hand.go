package consumer

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// stage is how far a message in hand has come.
type stage int

const (
	waiting   stage = iota // for its first upload, or its next
	uploading              // an upload is under way
	stored                 // the object is there; what is left is to delete
)

// item is a message in hand. It is in one place at a time: in a loop's hands,
// in one of the consumer's channels, or behind a timer.
type item struct {
	Delivery
	key        string
	receivedAt time.Time

	// The hand's mutex guards these.
	stage    stage
	extendAt time.Time // when half of the visibility is over
	hiddenTo time.Time // when the visibility is over
	let      bool      // no longer extended: another receive may own it
	timer    *time.Timer

	// The gate's mutex guards these.
	failures      int // uploads that failed
	successesSeen int // the gate's successes at the last failure
	strikes       int // failures since when other messages got through

	deletes int // deletes that failed; touched only by the loop that holds it
}

// hand holds what was received and is not finished, within a fixed room.
type hand struct {
	room *semaphore.Weighted
	size int64

	mu    sync.Mutex
	items map[*item]struct{}
}

func newHand(size int) *hand {
	return &hand{
		room:  semaphore.NewWeighted(int64(size)),
		size:  int64(size),
		items: make(map[*item]struct{}, size),
	}
}

// reserve waits for room for n messages and reports whether ctx let it.
func (h *hand) reserve(ctx context.Context, n int) bool {
	return h.room.Acquire(ctx, int64(n)) == nil
}

// cancel gives back room that was reserved and not used.
func (h *hand) cancel(n int) { h.room.Release(int64(n)) }

// take puts a message into room that was reserved for it.
func (h *hand) take(it *item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.items[it] = struct{}{}
}

// drop lets a message go and gives its room back. A message that is no longer
// in hand is none of ours: false.
func (h *hand) drop(it *item) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dropLocked(it)
}

func (h *hand) dropLocked(it *item) bool {
	if _, held := h.items[it]; !held {
		return false
	}
	delete(h.items, it)
	if it.timer != nil {
		it.timer.Stop()
	}
	h.room.Release(1)
	return true
}

// enter moves a message that is in hand to a stage. It reports false when the
// message is no longer in hand.
func (h *hand) enter(it *item, to stage) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, held := h.items[it]; !held {
		return false
	}
	it.stage = to
	return true
}

// later sends a message on after delay, unless it has left the hand by then.
// The channel needs room for everything in hand, since nobody waits here.
func (h *hand) later(it *item, delay time.Duration, to chan<- *item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, held := h.items[it]; !held {
		return
	}
	it.timer = time.AfterFunc(delay, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if _, held := h.items[it]; held {
			to <- it
		}
	})
}

// dropAll lets every message at a stage go, and returns them.
func (h *hand) dropAll(at stage) []*item {
	h.mu.Lock()
	defer h.mu.Unlock()
	var dropped []*item
	for it := range h.items {
		if it.stage == at {
			h.dropLocked(it)
			dropped = append(dropped, it)
		}
	}
	return dropped
}

// stored lists the messages that are left to delete.
func (h *hand) stored() []*item {
	h.mu.Lock()
	defer h.mu.Unlock()
	var left []*item
	for it := range h.items {
		if it.stage == stored {
			left = append(left, it)
		}
	}
	return left
}

// count is how many messages are in hand.
func (h *hand) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.items)
}
