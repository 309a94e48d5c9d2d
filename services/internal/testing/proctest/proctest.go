// Package proctest runs the real programs for tests: built once, started on a
// free port, asked to stop or killed. Only tests import it.
package proctest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	readyWithin = 20 * time.Second
	stopWithin  = 30 * time.Second
)

// builds are the programs of this test process, each built when it is first
// needed.
var builds sync.Map

type built struct {
	once sync.Once
	path string
	err  error
}

// Build builds the program in a folder of the services module ("api"), with changes
// of its source if there are any, and returns where it is. The file goes with the
// test process's temporary folder. It skips the test under -short.
func Build(tb testing.TB, program string, changes ...Change) string {
	tb.Helper()
	if testing.Short() {
		tb.Skip("-short: starting programs takes minutes in all")
	}
	name := program
	if len(changes) > 0 {
		name = fmt.Sprintf("%s-%x", program, sha256.Sum256(fmt.Append(nil, changes)))
	}
	entry, _ := builds.LoadOrStore(name, &built{})
	b := entry.(*built)
	b.once.Do(func() {
		b.path = filepath.Join(buildDir(), name)
		b.err = build(b.path, program, changes)
	})
	require.NoError(tb, b.err)
	return b.path
}

func build(path, program string, changes []Change) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	// Unlike go build, go run keeps the linked program in Go's build cache, for the
	// tests of all packages. Here it copies it in place of running it.
	args := []string{"run", "-exec", "cp"}
	if len(changes) > 0 {
		overlay, err := writeOverlay(path, changes)
		if err != nil {
			return err
		}
		args = append(args, "-overlay", overlay)
	}
	command := exec.CommandContext(context.Background(), "go", append(args, modulePath+program, path)...) //nolint:gosec // fixed names
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", program, err, output)
	}
	return nil
}

const modulePath = "github.com/ingest-iac/ingest/services/"

func buildDir() string {
	return filepath.Join(os.TempDir(), "ingest-proctest-"+strconv.Itoa(os.Getpid()))
}

// Clean removes what Build has built; TestMain calls it at the end.
func Clean() { _ = os.RemoveAll(buildDir()) }

// Program is a service that can be stopped, killed and started again on the
// same port.
type Program struct {
	Name string
	Port int
	// Log is what the program has written so far.
	Log *Log

	t    testing.TB
	path string
	env  []string
	cmd  *exec.Cmd
	done chan error
}

// Launch starts a program with env as its whole environment, its port in
// portVariable, and waits until /healthz answers 200. The end of its log goes to
// the test's, should the test fail.
func Launch(tb testing.TB, name, portVariable string, env map[string]string, changes ...Change) *Program {
	tb.Helper()
	p := &Program{Name: name, Port: FreePort(tb), Log: &Log{}, t: tb, path: Build(tb, name, changes...)}
	for key, value := range env {
		p.env = append(p.env, key+"="+value)
	}
	p.env = append(p.env, portVariable+"="+strconv.Itoa(p.Port), "HOME="+tb.TempDir())
	p.Start()
	tb.Cleanup(func() {
		p.Kill()
		if tb.Failed() {
			tb.Logf("the end of the log of %s:\n%s", name, p.Log.Tail(20_000))
		}
	})
	return p
}

// Start starts the program, also again after it has ended.
func (p *Program) Start() {
	p.t.Helper()
	p.cmd = exec.CommandContext(context.Background(), p.path) //nolint:gosec // built by Build
	p.cmd.Env, p.cmd.Dir = p.env, p.t.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = p.Log, p.Log
	require.NoError(p.t, p.cmd.Start())
	p.done = make(chan error, 1)
	go func(cmd *exec.Cmd, done chan<- error) { done <- cmd.Wait() }(p.cmd, p.done)
	require.Eventually(p.t, p.Healthy, readyWithin, 5*time.Millisecond, "%s is not ready:\n%s", p.Name, p.Log)
}

// PID is the process id, while the program runs.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// URL is the address of a path of the program.
func (p *Program) URL(path string) string {
	return "http://127.0.0.1:" + strconv.Itoa(p.Port) + path
}

// Healthy reports whether /healthz answers 200.
func (p *Program) Healthy() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL("/healthz"), http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// Kill ends the program at once, as kill -9 does.
func (p *Program) Kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	<-p.done //nolint:errcheck // it was killed
	p.cmd = nil
}

// Terminate asks the program to stop, and does not wait.
func (p *Program) Terminate() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
}

// Wait waits for the program to end and returns its exit status.
func (p *Program) Wait() int {
	p.t.Helper()
	select {
	case err := <-p.done:
		p.cmd = nil
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		require.NoError(p.t, err)
		return 0
	case <-time.After(stopWithin):
		require.Fail(p.t, "the program does not stop", "%s", p.Name)
		return -1
	}
}

// Stop terminates the program and returns how long that took and its status.
func (p *Program) Stop() (took time.Duration, status int) {
	p.t.Helper()
	began := time.Now()
	p.Terminate()
	status = p.Wait()
	return time.Since(began), status
}

// FreePort returns a port that was free a moment ago.
func FreePort(tb testing.TB) int {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

// Log collects what a program writes, and may be read meanwhile.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String is the whole log.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Find waits until the log contains text.
func (l *Log) Find(tb testing.TB, text string) {
	tb.Helper()
	l.Match(tb, "("+regexp.QuoteMeta(text)+")")
}

// Match waits until the log matches pattern, and returns the first group.
func (l *Log) Match(tb testing.TB, pattern string) string {
	tb.Helper()
	expression := regexp.MustCompile(pattern)
	var found []string
	require.Eventually(tb, func() bool {
		found = expression.FindStringSubmatch(l.String())
		return found != nil
	}, readyWithin, 5*time.Millisecond, "%s is not in the log", pattern)
	return found[1]
}

// Tail is the last n bytes of the log at the most.
func (l *Log) Tail(n int) string {
	all := l.String()
	return all[max(0, len(all)-n):]
}
