package faults

import "context"

// Call is one call with the faults that apply to it.
type Call struct {
	// Fault joins those of the rules that apply: the sum of their delays, and
	// the first code or drop among them.
	Fault Fault

	plan    *Plan
	entries []*rule
}

// Begin counts a call and returns it with its faults.
func (p *Plan) Begin(operation string) Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[operation]++
	call := Call{plan: p}
	for _, r := range p.rules {
		if !matches(r.Operation, operation) || !p.applies(r) {
			continue
		}
		delay := call.Fault.Delay + r.Fault.Delay
		switch {
		case r.Fault.EveryEntry > 0:
			call.entries = append(call.entries, r)
		case call.Fault.Code == "" && call.Fault.Drop == Keep:
			call.Fault = r.Fault
		}
		call.Fault.Delay = delay
	}
	return call
}

func (p *Plan) applies(r *rule) bool {
	r.seen++
	since := r.seen - r.After
	if since <= 0 || (r.Every > 1 && since%r.Every != 0) || (r.Times > 0 && r.failed >= r.Times) {
		return false
	}
	if r.Probability > 0 && p.random.Float64() >= r.Probability {
		return false
	}
	r.failed++
	return true
}

type callKey struct{}

// With carries the call to the operation, for its entries.
func (s Call) With(ctx context.Context) context.Context {
	if len(s.entries) == 0 {
		return ctx
	}
	return context.WithValue(ctx, callKey{}, s)
}

// Entry returns the failure of the next entry of a batch; failed is false for one
// that is left alone.
func Entry(ctx context.Context) (fault Fault, failed bool) {
	call, ok := ctx.Value(callKey{}).(Call)
	if !ok {
		return Fault{}, false
	}
	call.plan.mu.Lock()
	defer call.plan.mu.Unlock()
	for _, r := range call.entries {
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
