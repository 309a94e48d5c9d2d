package consumer

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// keeper owns the visibility of what is in hand. Its turn keeps extending and
// giving back apart: an extension that overtook a hand-back would hide the
// message again.
type keeper struct {
	queue      Queue
	hand       *hand
	visibility time.Duration
	log        *slog.Logger
	pulse      *pulse

	turn *semaphore.Weighted
}

// ticks is how often the keeper looks within one visibility timeout. A message
// is extended within one tick of half-time, in company with what came due in
// the same tick; a failed call leaves three more.
const ticks = 8

// inParallel bounds the batch calls that one round makes at once.
const inParallel = 4

// run extends until ctx ends.
func (k *keeper) run(ctx context.Context) {
	ticker := time.NewTicker(k.visibility / ticks)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			k.extend(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// extend renews the visibility of everything that has come to half of it.
func (k *keeper) extend(ctx context.Context) {
	if k.turn.Acquire(ctx, 1) != nil {
		return
	}
	defer k.turn.Release(1)
	renewals, letGo := k.hand.due(time.Now(), k.visibility)
	for _, it := range letGo {
		k.log.Warn("visibility can be extended no further; the queue will hand the message out again",
			"message_id", it.ID, "receive_count", it.Receives, "in_hand_for", time.Since(it.receivedAt).String())
	}
	if len(renewals) == 0 {
		return
	}
	k.pulse.begin(0)
	defer k.pulse.rest()
	each(renewals, func(batch []renewal) { k.extendBatch(ctx, batch) })
}

func (k *keeper) extendBatch(ctx context.Context, batch []renewal) {
	at := time.Now()
	results, err := k.change(ctx, batch)
	if err != nil {
		if ctx.Err() == nil {
			k.log.Warn("extending visibility", "messages", len(batch), "error", err)
		}
		return
	}
	for i, renewed := range batch {
		switch result := results[i]; {
		case result == nil:
			k.hand.shown(renewed.item, at, renewed.timeout)
		case errors.Is(result, ErrRefused):
			// Nothing to report where the message was deleted meanwhile.
			k.hand.letGo(renewed.item)
			k.log.Debug("extending visibility", "message_id", renewed.ID, "error", result)
		default:
			k.log.Warn("extending visibility", "message_id", renewed.ID, "error", result)
		}
	}
}

// giveBack lets messages go to the queue, which hands them out again after
// delay. Where that fails, SQS does so when their visibility is over.
func (k *keeper) giveBack(ctx context.Context, delay time.Duration, items ...*item) {
	if err := k.turn.Acquire(ctx, 1); err != nil {
		k.log.Warn("giving messages back; they reappear when their visibility is over",
			"messages", len(items), "error", err)
		return
	}
	defer k.turn.Release(1)
	renewals := make([]renewal, len(items))
	for i, it := range items {
		renewals[i] = renewal{item: it, timeout: delay}
	}
	each(renewals, func(batch []renewal) {
		results, err := k.change(ctx, batch)
		if err != nil {
			k.log.Warn("giving messages back; they reappear when their visibility is over",
				"messages", len(batch), "error", err)
			return
		}
		for i, result := range results {
			if result != nil {
				k.log.Warn("giving a message back; it reappears when its visibility is over",
					"message_id", batch[i].ID, "error", result)
			}
		}
	})
}

func (k *keeper) change(ctx context.Context, batch []renewal) ([]error, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	changes := make([]VisibilityChange, len(batch))
	for i, renewed := range batch {
		changes[i] = VisibilityChange{Handle: renewed.Handle, Timeout: renewed.timeout}
	}
	return k.queue.ChangeVisibilityBatch(ctx, changes)
}

// each calls do for the items in batches, a few batches at a time, and returns
// when all are done.
func each[T any](items []T, do func(batch []T)) {
	var group errgroup.Group
	group.SetLimit(inParallel)
	for batch := range slices.Chunk(items, BatchSize) {
		group.Go(func() error { do(batch); return nil })
	}
	// do reports its own failures; there is nothing to wait for but the end.
	_ = group.Wait()
}
