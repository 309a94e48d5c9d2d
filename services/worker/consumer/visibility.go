package consumer

import "time"

// renewal is a message whose visibility is due, and for how long to extend it.
type renewal struct {
	*item
	timeout time.Duration
}

// shown notes that the queue began to hide a message at now, for timeout.
func (h *hand) shown(it *item, now time.Time, timeout time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	it.extendAt = now.Add(timeout / 2)
	it.hiddenTo = now.Add(timeout)
}

// letGo ends the extending of a message.
func (h *hand) letGo(it *item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	it.let = true
}

// gone reports whether another receive may own the message by now.
func (h *hand) gone(it *item, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return it.let && now.After(it.hiddenTo)
}

// due lists what has come to half of its visibility, if anything, and with it
// what has come to a quarter, so that messages that stay for long come to share
// their calls. It lets go of what can be extended no further: its visibility is
// over, or the receive would last longer than MaxInFlight.
func (h *hand) due(now time.Time, visibility time.Duration) (renew []renewal, letGo []*item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	halfOver := func(it *item) bool { return !it.let && !now.Before(it.extendAt) }
	if !h.anyLocked(halfOver) {
		return nil, nil
	}
	for it := range h.items {
		if it.let || now.Add(visibility/4).Before(it.extendAt) {
			continue
		}
		// SQS takes whole seconds, and counts from its own receipt of the call.
		left := it.receivedAt.Add(MaxInFlight).Sub(now) - time.Second
		timeout := min(visibility, left.Truncate(time.Second))
		exhausted := timeout < visibility && !now.Add(timeout).After(it.hiddenTo.Add(time.Second/2))
		if now.After(it.hiddenTo) || exhausted {
			it.let = true
			letGo = append(letGo, it)
			continue
		}
		renew = append(renew, renewal{item: it, timeout: timeout})
	}
	return renew, letGo
}

func (h *hand) anyLocked(matches func(*item) bool) bool {
	for it := range h.items {
		if matches(it) {
			return true
		}
	}
	return false
}
