package publisher

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// send makes one call and tells each entry its fate.
func (p *Publisher) send(batch []*entry) {
	results := p.call(batch)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls--
	for i, e := range batch {
		e.attempts++
		result := results[i]
		if result.Err != nil && !result.Final && e.attempts < p.Attempts && p.sending.Err() == nil {
			p.again(e)
			continue
		}
		p.settle(e, result)
	}
	p.dispatch()
}

func (p *Publisher) call(batch []*entry) []Result {
	ctx, cancel := context.WithTimeout(p.sending, p.CallTimeout)
	defer cancel()
	if len(batch) == 1 {
		id, err := p.Queue.Send(ctx, batch[0].body)
		return []Result{{ID: id, Err: err, Final: true}}
	}
	bodies := make([][]byte, len(batch))
	for i, e := range batch {
		bodies[i] = e.body
	}
	results, err := p.Queue.SendBatch(ctx, bodies)
	if err == nil {
		return results
	}
	results = make([]Result, len(batch))
	for i := range results {
		results[i] = Result{Err: err, Final: true}
	}
	return results
}

// again puts an entry that failed by itself back in line after a pause. It
// counts as waiting meanwhile, but may not be refused any more.
func (p *Publisher) again(e *entry) {
	e.out = false
	p.enter(e)
	time.AfterFunc(pause(e.attempts), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if e.gone {
			return
		}
		p.waiting = slices.Insert(p.waiting, 0, e)
		p.dispatch()
	})
}

// pause doubles from 50 ms to 2 s; at least half of it is kept.
func pause(attempts int) time.Duration {
	ceiling := min(50*time.Millisecond<<min(attempts-1, 10), 2*time.Second)
	//nolint:gosec // spreads retries, guards nothing
	return ceiling/2 + rand.N(ceiling/2)
}
