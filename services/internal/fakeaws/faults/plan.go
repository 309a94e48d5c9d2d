package faults

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"sync"
)

// Plan holds rules and counts. Make it with New.
type Plan struct {
	mu     sync.Mutex
	random *rand.Rand
	rules  []*rule
	calls  map[string]int
}

type rule struct {
	Rule
	seen    int
	failed  int
	entries int
}

// New makes a plan without rules. The same seed and order of calls get the
// same faults.
func New(seed uint64) *Plan {
	//nolint:gosec // G404: chance that can be repeated is the point.
	return &Plan{random: rand.New(rand.NewPCG(seed, seed)), calls: map[string]int{}}
}

// Add adds a rule until remove is called. It panics for a malformed pattern and
// for a probability outside [0, 1].
func (p *Plan) Add(r Rule) (remove func()) {
	if _, err := path.Match(r.Operation, ""); err != nil {
		panic(fmt.Sprintf("operation pattern %q: %v", r.Operation, err))
	}
	if r.Probability < 0 || r.Probability > 1 {
		panic(fmt.Sprintf("probability %v is outside [0, 1]", r.Probability))
	}
	added := &rule{Rule: r}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, added)
	return func() { p.remove(added) }
}

// Down answers Unavailable to every call of the operations until up is called.
func (p *Plan) Down(operation string) (up func()) {
	return p.Add(Rule{Operation: operation, Fault: Unavailable})
}

func (p *Plan) remove(old *rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = slices.DeleteFunc(p.rules, func(r *rule) bool { return r == old })
}

// Clear removes every rule.
func (p *Plan) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = nil
}

// Calls is how many calls began since the last ResetCalls whose operation
// matches the pattern, those that met a fault included.
func (p *Plan) Calls(operation string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	count := 0
	for name, calls := range p.calls {
		if matches(operation, name) {
			count += calls
		}
	}
	return count
}

// ResetCalls sets the counts to zero.
func (p *Plan) ResetCalls() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.calls)
}

func matches(pattern, name string) bool {
	matched, err := path.Match(pattern, name)
	return err == nil && matched
}
