package faults

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// failed says of n calls which met a code.
func failed(p *Plan, operation string, n int) []bool {
	var all []bool
	for range n {
		all = append(all, p.Begin(operation).Fault.Code != "")
	}
	return all
}

func TestRules_chooseTheirCalls(t *testing.T) {
	const o, x = false, true
	for name, c := range map[string]struct {
		rule Rule
		want []bool
	}{
		"all":               {Rule{}, []bool{x, x, x, x, x, x}},
		"after two":         {Rule{After: 2}, []bool{o, o, x, x, x, x}},
		"each third":        {Rule{Every: 3}, []bool{o, o, x, o, o, x}},
		"the next two":      {Rule{Times: 2}, []bool{x, x, o, o, o, o}},
		"one, the third":    {Rule{After: 2, Times: 1}, []bool{o, o, x, o, o, o}},
		"each second twice": {Rule{After: 1, Every: 2, Times: 2}, []bool{o, o, x, o, x, o}},
		"certainly":         {Rule{Probability: 1}, []bool{x, x, x, x, x, x}},
	} {
		t.Run(name, func(t *testing.T) {
			p := New(1)
			c.rule.Operation, c.rule.Fault = "sqs.Send*", Internal
			p.Add(c.rule)
			assert.Equal(t, []bool{o}, failed(p, "sqs.DeleteMessage", 1), "another operation")
			assert.Equal(t, c.want, failed(p, "sqs.SendMessage", len(c.want)))
		})
	}
}

func TestChance_isSeeded(t *testing.T) {
	draw := func(seed uint64) (all []bool, count int) {
		p := New(seed)
		p.Add(Rule{Operation: "*", Probability: 0.25, Fault: Internal})
		all = failed(p, "s3.PutObject", 1000)
		for _, hit := range all {
			if hit {
				count++
			}
		}
		return all, count
	}
	first, count := draw(7)
	again, _ := draw(7)
	other, _ := draw(8)
	assert.Equal(t, first, again)
	assert.NotEqual(t, first, other)
	assert.InDelta(t, 250, count, 60)
}

func TestRules_delaysAddUp_firstAnswerCounts(t *testing.T) {
	p := New(0)
	p.Add(Rule{Operation: "sqs.*", Fault: Fault{Delay: 10 * time.Millisecond}})
	p.Add(Rule{Operation: "sqs.SendMessage", Fault: Throttled})
	p.Add(Rule{Operation: "sqs.SendMessage", Fault: Fault{Delay: 5 * time.Millisecond, Drop: DropAfter}})
	met := p.Begin("sqs.SendMessage").Fault
	assert.Equal(t, Throttled.Code, met.Code)
	assert.Equal(t, Keep, met.Drop)
	assert.Equal(t, 15*time.Millisecond, met.Delay)
}

func TestRules_comeAndGo(t *testing.T) {
	p := New(0)
	up := p.Down("s3.*")
	p.Add(Rule{Operation: "sqs.*", Fault: Internal})
	assert.Equal(t, Unavailable, p.Begin("s3.PutObject").Fault)
	up()
	up()
	assert.Equal(t, Fault{}, p.Begin("s3.PutObject").Fault)
	assert.Equal(t, Internal, p.Begin("sqs.SendMessage").Fault)
	p.Clear()
	assert.Equal(t, Fault{}, p.Begin("sqs.SendMessage").Fault)
}

func TestCalls_areCountedByPattern(t *testing.T) {
	p := New(0)
	p.Down("sqs.SendMessage")
	for operation, n := range map[string]int{"sqs.SendMessage": 3, "sqs.SendMessageBatch": 2, "s3.PutObject": 1} {
		failed(p, operation, n)
	}
	assert.Equal(t, 5, p.Calls("sqs.SendMessage*"))
	assert.Equal(t, 3, p.Calls("sqs.SendMessage"), "those that failed, too")
	assert.Equal(t, 6, p.Calls("*"))
	p.ResetCalls()
	assert.Zero(t, p.Calls("*"))
}

func TestEntries_failAcrossCalls(t *testing.T) {
	p := New(0)
	p.Add(Rule{Operation: "sqs.*Batch", Fault: Fault{EveryEntry: 2}})
	var failed []bool
	for range 3 { // batches of one are half-failed, too
		call := p.Begin("sqs.SendMessageBatch")
		require.Empty(t, call.Fault.Code, "the call itself succeeds")
		fault, hit := Entry(call.With(t.Context()))
		failed = append(failed, hit)
		if hit {
			assert.Equal(t, "InternalError", fault.Code)
		}
	}
	assert.Equal(t, []bool{false, true, false}, failed)
	_, hit := Entry(context.Background())
	assert.False(t, hit)
}

func TestRules_invalid_panic(t *testing.T) {
	p := New(0)
	assert.PanicsWithValue(t, `operation pattern "[": syntax error in pattern`, func() { p.Add(Rule{Operation: "["}) })
	assert.PanicsWithValue(t, "probability 1.5 is outside [0, 1]", func() { p.Add(Rule{Operation: "*", Probability: 1.5}) })
}
