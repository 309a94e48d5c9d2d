package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// within bounds the wait for an output.
const within = time.Minute

// pane is a terminal: commands, each with what it printed.
type pane struct {
	title string
	calls []call
}

type call struct {
	command, output string
}

// record runs the programs in an empty folder.
func record(ctx context.Context, folder string) ([]pane, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*within)
	defer cancel()
	for _, program := range []string{"local", "ingestctl"} {
		build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(folder, program), //nolint:gosec // G204: fixed names
			"github.com/ingest-iac/ingest/services/"+program)
		if output, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building %s: %w: %s", program, err, output)
		}
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	api, aws, health := ports[0], ports[1], ports[2]
	environment := append(withoutSettings(os.Environ()),
		"API_PORT="+api, "AWS_PORT="+aws, "WORKER_HEALTH_PORT="+health,
		"API_URL=http://127.0.0.1:"+api, "INGEST_ENDPOINT=http://127.0.0.1:"+aws, "INGEST_WORKER_URL=http://127.0.0.1:"+health)

	local := exec.CommandContext(ctx, filepath.Join(folder, "local")) //nolint:gosec // G204: built above
	local.Dir, local.Env = folder, environment
	local.Cancel = func() error { return local.Process.Signal(os.Interrupt) }
	log := &output{grown: make(chan struct{}, 1)}
	local.Stdout, local.Stderr = log, log
	if err := local.Start(); err != nil {
		return nil, fmt.Errorf("starting the pipeline: %w", err)
	}
	ingestctl := func(args ...string) (string, error) {
		command := exec.CommandContext(ctx, filepath.Join(folder, "ingestctl"), args...) //nolint:gosec // G204: built above
		command.Dir, command.Env = folder, environment
		text, err := command.CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("running ingestctl %s: %w: %s", args[0], err, text)
		}
		return string(text), nil
	}
	operator, err := operate(ctx, log, ingestctl)
	printed := log.text()
	stopped := errors.Join(local.Process.Signal(os.Interrupt), local.Wait())
	if err := errors.Join(err, stopped); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, log.text())
	}
	steady := steadier(strings.NewReplacer(":"+api, ":8000", ":"+aws, ":4566", ":"+health, ":8081"))
	running := call{"make run", inOrder(steady(printed))}
	for i := range operator {
		operator[i].output = steady(operator[i].output)
	}
	return []pane{{"make run", []call{running}}, {"ingestctl", operator}}, nil
}

// operate sends a payload and asks for the status when it is stored.
func operate(ctx context.Context, log *output, ingestctl func(...string) (string, error)) ([]call, error) {
	if err := log.wait(ctx, "s3 ls"); err != nil {
		return nil, err
	}
	sent, err := ingestctl("send", "--subject", "Hello")
	if err != nil {
		return nil, err
	}
	for _, record := range []string{" worker stored ", " api    request "} {
		if err := log.wait(ctx, record); err != nil {
			return nil, err
		}
	}
	// The message is deleted a moment after it is stored.
	status, err := ingestctl("status")
	for limit := time.Now().Add(within); err == nil && !strings.Contains(status, "queue   0 waiting, 0 in flight"); {
		if time.Now().After(limit) {
			return nil, fmt.Errorf("the queue is not empty after %s: %s", within, status)
		}
		status, err = ingestctl("status")
	}
	return []call{{"ingestctl send --subject Hello", sent}, {"ingestctl status", status}}, err
}

// withoutSettings removes the variables that the programs read.
func withoutSettings(environ []string) []string {
	kept := make([]string, 0, len(environ))
	own := regexp.MustCompile(`^(INGEST_.*|TOKEN|DATA_DIR|BOOTSTRAP_TOKEN|AWS_.*|LOG_LEVEL)=`)
	for _, variable := range environ {
		if !own.MatchString(variable) {
			kept = append(kept, variable)
		}
	}
	return kept
}

func freePorts(n int) ([]string, error) {
	ports := make([]string, n)
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // does not wait
		if err != nil {
			return nil, fmt.Errorf("finding a free port: %w", err)
		}
		// All are open until the last is found, so that they differ.
		defer func() { _ = listener.Close() }()
		ports[i] = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// steadier returns a function that replaces what differs from run to run.
func steadier(ports *strings.Replacer) func(string) string {
	replacements := []struct {
		what *regexp.Regexp
		with string
	}{
		{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "5d120cac-5e62-4b8a-9f42-4056c851d841"},
		{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "2026-11-24T16:35:02Z"},
		{regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}`), "16:35:01.000"},
		{regexp.MustCompile(`/\d{4}/\d\d/\d\d/\d+_`), "/2026/11/24/1795538101_"},
		{regexp.MustCompile(`duration_ms=[0-9.]+`), "duration_ms=4.0"},
		{regexp.MustCompile(`in [0-9.]+m?s\n`), "in 4ms\n"},
	}
	return func(text string) string {
		text = ports.Replace(text)
		for _, r := range replacements {
			text = r.what.ReplaceAllString(text, r.with)
		}
		return text
	}
}

// inOrder sorts the log records, which the api and the worker write independently
// of each other.
func inOrder(printed string) string {
	lines := strings.Split(strings.TrimSuffix(printed, "\n"), "\n")
	first := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "16:35:01.000 ") })
	if first >= 0 {
		slices.Sort(lines[first:])
	}
	return strings.Join(lines, "\n") + "\n"
}

// output is what a program has printed so far.
type output struct {
	mu      sync.Mutex
	printed bytes.Buffer
	grown   chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.printed.Write(p)
	select {
	case o.grown <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.printed.String()
}

// wait returns when the output holds text.
func (o *output) wait(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for !strings.Contains(o.text(), text) {
		select {
		case <-o.grown:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %q: %w", text, ctx.Err())
		}
	}
	return nil
}
