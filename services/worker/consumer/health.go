package consumer

import (
	"fmt"
	"sync"
	"time"
)

// Stall is how long a loop may take beyond what it planned before the consumer
// counts as stuck. It is well above every timeout of a call.
const Stall = 90 * time.Second

// pulse tells how long one loop has been at its present step. A loop that
// waits for work, for room or for the gate is at rest: others have to move.
type pulse struct {
	name string

	mu  sync.Mutex
	due time.Time // zero at rest
}

// begin notes a step that takes planned, apart from what it may take in excess.
func (p *pulse) begin(planned time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.due = time.Now().Add(planned)
}

func (p *pulse) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.due = time.Time{}
}

func (p *pulse) late(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.due.IsZero() {
		return 0
	}
	return now.Sub(p.due)
}

// Healthy returns nil while the loops move, and otherwise says which does not.
// An error answer from AWS is a move: a restart would not cure it.
func (c *Consumer) Healthy() error {
	now := time.Now()
	c.pulseMu.Lock()
	defer c.pulseMu.Unlock()
	for _, p := range c.pulses {
		if late := p.late(now); late > Stall {
			return fmt.Errorf("%s has not moved for %s", p.name, late.Round(time.Second))
		}
	}
	// Loops that all rest while there is work would be waiting for each other.
	if quiet := now.Sub(c.lastMove()); quiet > Stall && c.hand.count() > 0 {
		return fmt.Errorf("%d messages are in hand and nothing has moved for %s",
			c.hand.count(), quiet.Round(time.Second))
	}
	return nil
}

// moved notes an answer about messages in hand, good or bad.
func (c *Consumer) moved() { c.lastMoved.Store(time.Now().UnixNano()) }

func (c *Consumer) lastMove() time.Time { return time.Unix(0, c.lastMoved.Load()) }

func (c *Consumer) newPulse(name string) *pulse {
	c.pulseMu.Lock()
	defer c.pulseMu.Unlock()
	p := &pulse{name: name}
	c.pulses = append(c.pulses, p)
	return p
}
