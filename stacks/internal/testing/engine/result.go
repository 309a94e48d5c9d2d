package engine

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Result is what a command did.
type Result struct {
	Args           []string
	Stdout, Stderr string
	// Status is the exit status.
	Status int
	Took   time.Duration
	// Events are what the engine did, for up, preview, refresh and destroy.
	Events []Event
}

// Event is one of an engine's events, as far as tests need them.
// https://pkg.go.dev/github.com/pulumi/pulumi/sdk/v3/go/common/apitype#EngineEvent
type Event struct {
	Summary *struct {
		Changes map[string]int `json:"resourceChanges"`
	} `json:"summaryEvent"`
	Before *struct {
		Step Step `json:"metadata"`
	} `json:"resourcePreEvent"`
	After *struct {
		Step Step `json:"metadata"`
	} `json:"resOutputsEvent"`
	Diagnostic *struct {
		URN      string `json:"urn"`
		Message  string `json:"message"`
		Severity string `json:"severity"`
	} `json:"diagnosticEvent"`
}

// Step is something that the engine does to a resource.
type Step struct {
	// Op is what is done: create, update, replace, create-replacement,
	// delete-replaced, delete, refresh, same and others.
	Op   string `json:"op"`
	URN  string `json:"urn"`
	Type string `json:"type"`
	// Diffs are the properties that differ, Keys those that force a replacement.
	Diffs []string `json:"diffs"`
	Keys  []string `json:"keys"`
}

// Name is the resource's logical name.
func (s Step) Name() string { return s.URN[strings.LastIndex(s.URN, "::")+2:] }

func (s Step) String() string {
	return fmt.Sprintf("%s %s %s %v", s.Op, s.Type, s.Name(), s.Diffs)
}

// Succeeds stops the test if the command failed, with all that it said.
func (r *Result) Succeeds(tb testing.TB) *Result {
	tb.Helper()
	require.Zero(tb, r.Status, "%s", r)
	return r
}

// Fails stops the test unless the command failed.
func (r *Result) Fails(tb testing.TB) *Result {
	tb.Helper()
	require.NotZero(tb, r.Status, "%s", r)
	return r
}

// Text is all that the command said.
func (r *Result) Text() string { return r.Stdout + r.Stderr }

func (r *Result) String() string {
	return fmt.Sprintf("pulumi %s: status %d\n%s", strings.Join(r.Args, " "), r.Status, r.Text())
}

// Steps are what was (or in a preview would be) done to resources, in order; those
// that stay the same are left out. A replacement is three steps: replace,
// create-replacement and delete-replaced. A refresh has a step for each resource
// that had changed.
func (r *Result) Steps() []Step {
	var steps []Step
	refreshed := map[string]bool{}
	for _, event := range r.Events {
		switch {
		case event.Before != nil && event.Before.Step.Op == "refresh":
			refreshed[event.Before.Step.URN] = true
		case event.Before != nil && !idle(event.Before.Step.Op):
			steps = append(steps, event.Before.Step)
		case event.After != nil && refreshed[event.After.Step.URN]:
			delete(refreshed, event.After.Step.URN)
			if !idle(event.After.Step.Op) {
				steps = append(steps, event.After.Step)
			}
		}
	}
	return steps
}

// idle reports whether an operation leaves a resource as it is.
func idle(op string) bool { return op == "same" || op == "read" || op == "refresh" }

// Changes counts resources by what was done to them, "same" left out.
func (r *Result) Changes() map[string]int {
	counts := map[string]int{}
	for _, event := range r.Events {
		if event.Summary == nil {
			continue
		}
		for op, count := range event.Summary.Changes {
			if op != "same" && count > 0 {
				counts[op] += count
			}
		}
	}
	return counts
}

// readEvents reads a log of events, one in each line. A command that did nothing
// writes no log.
func readEvents(name string) ([]Event, error) {
	file, err := os.Open(name) //nolint:gosec // the name is the harness's own
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoder := json.NewDecoder(bufio.NewReader(file))
	var events []Event
	for {
		var event Event
		if err := decoder.Decode(&event); errors.Is(err, io.EOF) {
			return events, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading the engine's events: %w", err)
		}
		events = append(events, event)
	}
}
