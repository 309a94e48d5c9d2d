package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
)

// event is a line of go test -json, as go doc test2json describes it.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// summary prints what go test prints without -v, and counts results. Several runs of
// go test write to it at the same time.
type summary struct {
	mu                      sync.Mutex
	to                      io.Writer
	passed, failed, skipped int
	// outputs are those of tests that have not ended, by package and test.
	outputs map[string]map[string]string
	// failures counts the failed tests of each package.
	failures map[string]int
	skips    []string
}

func newSummary(to io.Writer) *summary {
	return &summary{to: to, outputs: map[string]map[string]string{}, failures: map[string]int{}}
}

// read adds the events of one go test, and reports whether one was a failure.
func (s *summary) read(output io.Reader) (failed bool, err error) {
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadString('\n')
		var e event
		switch {
		case line == "" && err == io.EOF:
			return failed, nil
		case line == "":
			return failed, fmt.Errorf("reading go test: %w", err)
		case json.Unmarshal([]byte(line), &e) != nil:
			s.printf("%s", line) // not an event
		default:
			failed = failed || e.Action == "fail"
			s.add(e)
		}
	}
}

func (s *summary) add(e event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Test == "" {
		s.addPackage(e)
		return
	}
	tests := s.outputs[e.Package]
	if tests == nil {
		tests = map[string]string{}
		s.outputs[e.Package] = tests
	}
	switch e.Action {
	case "output":
		tests[e.Test] += e.Output
		return
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		s.failures[e.Package]++
		s.write("%s", tests[e.Test])
	case "skip":
		s.skipped++
		s.skips = append(s.skips, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(tests[e.Test])))
	default:
		return
	}
	delete(tests, e.Test)
}

func (s *summary) addPackage(e event) {
	switch e.Action {
	case "output", "build-output":
		if e.Output != "PASS\n" {
			s.write("%s", e.Output)
		}
	case "fail":
		// What a test that never ended has written says why.
		for _, output := range s.outputs[e.Package] {
			s.write("%s", output)
		}
		if s.failures[e.Package] == 0 {
			s.failed++ // it did not build, or failed outside its tests
		}
	}
	if e.Action != "output" && e.Action != "build-output" {
		delete(s.outputs, e.Package)
	}
}

// note counts a failure that is not a test's.
func (s *summary) note(module string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed++
	s.write("%s: %v\n", module, err)
}

// reason is what a skipped test gave as its reason.
func reason(output string) string {
	var kept []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, " ")
}

func (s *summary) print() {
	if len(s.skips) > 0 {
		s.printf("\nskipped:\n")
	}
	for _, skip := range s.skips {
		s.printf("  %s\n", skip)
	}
	s.printf("\n%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
}

func (s *summary) printf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(format, args...)
}

// write is printf, for callers that hold the lock.
func (s *summary) write(format string, args ...any) {
	// Nothing can be done where stdout is closed.
	_, _ = fmt.Fprintf(s.to, format, args...)
}
