package consumer

import (
	"context"
	"errors"
	"slices"
	"time"
)

// startUpload waits for an upload slot; messages that have not been tried yet
// go first. It reports false when ctx ended first, or the message has left.
func (f *inFlight) startUpload(ctx context.Context, m *message) bool {
	f.mu.Lock()
	if ctx.Err() != nil || m.state.isLast() {
		f.mu.Unlock()
		return false
	}
	if m.failures == 0 {
		f.waitingFirst = append(f.waitingFirst, m)
	} else {
		f.waitingAgain = append(f.waitingAgain, m)
	}
	f.grantSlots()
	f.update()
	f.mu.Unlock()
	select {
	case <-m.slot:
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	isWaiting := func(other *message) bool { return other == m }
	f.waitingFirst = slices.DeleteFunc(f.waitingFirst, isWaiting)
	f.waitingAgain = slices.DeleteFunc(f.waitingAgain, isWaiting)
	return m.state == uploading
}

// grantSlots starts uploads while there are free slots.
func (f *inFlight) grantSlots() {
	now := time.Now()
	for f.freeSlots > 0 {
		queue := &f.waitingFirst
		if len(*queue) == 0 {
			queue = &f.waitingAgain
		}
		if len(*queue) == 0 {
			break
		}
		m := (*queue)[0]
		*queue = (*queue)[1:]
		switch {
		case m.state.isLast():
			continue
		case m.hasExpired(now):
			f.move(m, expired)
		default:
			f.move(m, uploading)
			f.freeSlots--
		}
		m.slot <- struct{}{}
	}
}

// endUpload notes how an upload ended, and returns the message's next state:
// stored, retrying, or returned. It starts other uploads unless ctx has ended.
func (f *inFlight) endUpload(ctx context.Context, m *message, err error) state {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := stored
	if err == nil {
		f.stored++
	} else {
		next = retrying
		if m.failures > 0 && f.stored > m.storedBefore {
			m.ownFailures++
		}
		m.failures++
		m.storedBefore = f.stored
		if errors.Is(err, ErrPermanent) || m.ownFailures >= maxFailures {
			next = returned
		}
	}
	f.move(m, next)
	f.freeSlots++
	if ctx.Err() == nil {
		f.grantSlots()
	}
	f.update()
	return next
}
