package faults

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// binaries is where the programs are built, each when it is first needed.
var (
	binaries string
	builds   = map[string]func() error{"api": build("api"), "worker": build("worker")}
)

func build(name string) func() error {
	return sync.OnceValue(func() error {
		output, err := exec.Command("go", "build", "-o", filepath.Join(binaries, name), "../../"+name).CombinedOutput()
		if err != nil {
			return fmt.Errorf("building %s: %w\n%s", name, err, output)
		}
		return nil
	})
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if binaries, err = os.MkdirTemp("", "ingest-faults"); err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(binaries) }()
		// The tests mostly wait, so more of them than there are processors run
		// at once. A -parallel on the command line overrides this.
		if err = flag.Set("test.parallel", "8"); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// program is a service that can be killed and started again, on the same port.
type program struct {
	t    *testing.T
	name string
	port int
	env  []string
	log  *syncBuffer
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
	err  error         // how, once done is closed
}

// launch starts a program and waits until it is healthy. Its log goes to the
// test's, should the test fail.
func launch(t *testing.T, name, portVariable string, env map[string]string) *program {
	t.Helper()
	require.NoError(t, builds[name]())
	p := &program{t: t, name: name, port: freePort(t), log: &syncBuffer{}}
	for key, value := range env {
		p.env = append(p.env, key+"="+value)
	}
	p.env = append(p.env, portVariable+"="+strconv.Itoa(p.port), "PATH="+os.Getenv("PATH"), "HOME="+t.TempDir())
	p.start()
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
		if t.Failed() {
			t.Logf("the end of the log of %s:\n%s", name, p.log.tail(20_000))
		}
	})
	return p
}

func (p *program) start() {
	p.t.Helper()
	p.cmd = exec.CommandContext(context.Background(), filepath.Join(binaries, p.name))
	p.cmd.Env = p.env
	p.cmd.Dir = p.t.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	require.NoError(p.t, p.cmd.Start())
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
	}()
	require.Eventually(p.t, p.healthy, 15*time.Second, 10*time.Millisecond, "%s is not ready:\n%s", p.name, p.log)
}

func (p *program) url(path string) string { return "http://127.0.0.1:" + strconv.Itoa(p.port) + path }

func (p *program) healthy() bool {
	response, err := http.Get(p.url("/healthz"))
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// kill ends the program at once, as kill -9 does.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
	p.cmd = nil
}

// stop asks the program to end, and says how long it took and its status.
func (p *program) stop() (took time.Duration, status int) {
	p.t.Helper()
	began := time.Now()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.done:
		p.cmd = nil
		var exit *exec.ExitError
		if errors.As(p.err, &exit) {
			return time.Since(began), exit.ExitCode()
		}
		require.NoError(p.t, p.err)
		return time.Since(began), 0
	case <-time.After(30 * time.Second):
		require.Fail(p.t, "the program does not stop", "%s", p.name)
		return 0, 0
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string { return b.tail(1 << 30) }

func (b *syncBuffer) tail(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.buf.Bytes()
	return string(all[max(0, len(all)-n):])
}
