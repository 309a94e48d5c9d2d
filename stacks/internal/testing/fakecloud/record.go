package fakecloud

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Op is what an engine asked a provider to do.
type Op string

// The operations that are recorded. A replacement is a Create and a Delete of one
// URN.
const (
	Create    Op = "create"
	Read      Op = "read"
	Update    Op = "update"
	Delete    Op = "delete"
	Invoke    Op = "invoke"
	Construct Op = "construct"
)

// Call is one operation. Creates and updates of previews are not recorded, since
// nothing is done; invokes and constructs are.
type Call struct {
	Op Op
	// Type is the type's token, or for Invoke the function's.
	Type string
	// URN and ID are empty for Invoke; Construct has neither, but a Name.
	URN  resource.URN
	Name string
	ID   string
	// Changed are the inputs that an Update changed, sorted.
	Changed []string
	// Err is what the engine was answered, if it was an error.
	Err error
}

func (c Call) String() string {
	if c.Op == Invoke {
		return fmt.Sprintf("%s %s", c.Op, c.Type)
	}
	return fmt.Sprintf("%s %s %s", c.Op, c.Type, c.Name)
}

// Calls are the operations so far, in order; with ops, only those.
func (c *Cloud) Calls(ops ...Op) []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(ops) == 0 {
		return slices.Clone(c.calls)
	}
	var found []Call
	for _, call := range c.calls {
		if slices.Contains(ops, call.Op) {
			found = append(found, call)
		}
	}
	return found
}

// Forget empties the record.
func (c *Cloud) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
}

func (c *Cloud) record(call Call, err error) {
	if call.Name == "" && call.URN != "" {
		call.Name = call.URN.Name()
	}
	call.Err = err
	c.calls = append(c.calls, call)
}

// fault is an error that AWS returns later.
type fault struct {
	op        Op
	typeToken string
	err       error
}

// Fail makes AWS answer the next operation of that kind on that type (or the next
// Invoke of that function) with an error, once, before anything is done.
func (c *Cloud) Fail(op Op, typeToken string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, fault{op, typeToken, err})
}

// failing returns the error that [Cloud.Fail] set for an operation.
func (c *Cloud) failing(op Op, typeToken string) error {
	for i, f := range c.faults {
		if f.op == op && f.typeToken == typeToken {
			c.faults = slices.Delete(c.faults, i, i+1)
			return f.err
		}
	}
	return nil
}
