package faults

import "context"

// Strike is what one call meets.
type Strike struct {
	// Fault joins those of the rules that struck: their delays added up, and
	// the first code or drop among them.
	Fault Fault

	plan    *Plan
	entries []*rule
}

// Begin counts a call and says what it meets.
func (p *Plan) Begin(operation string) Strike {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[operation]++
	strike := Strike{plan: p}
	for _, r := range p.rules {
		if !matches(r.Operation, operation) || !p.strikes(r) {
			continue
		}
		delay := strike.Fault.Delay + r.Fault.Delay
		switch {
		case r.Fault.EveryEntry > 0:
			strike.entries = append(strike.entries, r)
		case strike.Fault.Code == "" && strike.Fault.Drop == Keep:
			strike.Fault = r.Fault
		}
		strike.Fault.Delay = delay
	}
	return strike
}

func (p *Plan) strikes(r *rule) bool {
	r.seen++
	since := r.seen - r.After
	if since <= 0 || (r.Every > 1 && since%r.Every != 0) || (r.Times > 0 && r.struck >= r.Times) {
		return false
	}
	if r.Probability > 0 && p.random.Float64() >= r.Probability {
		return false
	}
	r.struck++
	return true
}

type strikeKey struct{}

// With carries the strike to the operation, for its entries.
func (s Strike) With(ctx context.Context) context.Context {
	if len(s.entries) == 0 {
		return ctx
	}
	return context.WithValue(ctx, strikeKey{}, s)
}

// Entry says what the next entry of a batch meets; failed is false for one
// that is left alone.
func Entry(ctx context.Context) (fault Fault, failed bool) {
	strike, ok := ctx.Value(strikeKey{}).(Strike)
	if !ok {
		return Fault{}, false
	}
	strike.plan.mu.Lock()
	defer strike.plan.mu.Unlock()
	for _, r := range strike.entries {
		r.entries++
		if r.entries%r.Fault.EveryEntry != 0 {
			continue
		}
		fault := r.Fault
		if fault.Code == "" {
			fault.Code, fault.Message = Internal.Code, Internal.Message
		}
		return fault, true
	}
	return Fault{}, false
}
