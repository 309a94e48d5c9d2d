package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	peerLoad     = 3 * time.Second // of load for each point of an api
	peerClients  = 256
	peerPayload  = 2 << 10
	sizedClients = 32 // that send payloads of the sizes
)

var (
	clientSteps = []int{1, 4, 16, 64, 256, 1024}
	sizeSteps   = []int{1 << 10, 20 << 10, 200 << 10}
)

// peer is one program of a comparison.
type peer struct {
	name    string
	command []string
	// messages is how many of 2 KB a consumer moves, and of each larger size a tenth.
	messages int
}

// measured is what a peer did under one load.
type measured struct {
	perSecond float64
	cpu       float64 // seconds for a million
	memory    int64   // bytes, at most
	sqs, s3   float64 // calls for 1,000
}

// BenchmarkPeers compares api and worker with other programs of the same contract,
// each alone with a fake AWS of its own, one after the other. With -write it draws
// the table and the plot of docs/benchmarks.md.
func BenchmarkPeers(b *testing.B) {
	python, missing := pythonWith(b, "python/requirements.txt")
	if missing != nil {
		fmt.Fprintf(os.Stdout, "skipped: the programs in Python: %v\n", missing)
	}
	script := func(name string) []string {
		path, err := filepath.Abs(filepath.Join("python", name))
		check(b, err)
		return []string{python, path}
	}
	apis := []peer{
		{name: "api", command: []string{buildProgram(b, "../../api")}},
		{name: "bare gin, no queue", command: []string{buildProgram(b, "./baregin")}},
		{name: "bare net/http, no queue", command: []string{buildProgram(b, "./nethttp")}},
		{name: "FastAPI + boto3", command: script("service.py")},
	}
	consumers := []peer{
		{name: "worker", command: []string{buildProgram(b, "../../worker")}, messages: 5000},
		{name: "SDK, one at a time", command: []string{buildProgram(b, "./plainconsumer")}, messages: 300},
		{name: "boto3, one at a time", command: script("consumer.py"), messages: 300},
	}
	if missing != nil {
		apis, consumers = apis[:3], consumers[:2]
	}
	for b.Loop() {
		var r report
		for _, p := range apis {
			r.apis = append(r.apis, p.name)
			r.load = append(r.load, measureAPI(b, p, peerClients, peerPayload))
			var growth, sizes []measured
			for _, clients := range clientSteps {
				growth = append(growth, measureAPI(b, p, clients, peerPayload))
			}
			for _, size := range sizeSteps {
				sizes = append(sizes, measureAPI(b, p, sizedClients, size))
			}
			r.growth, r.apiSizes = append(r.growth, growth), append(r.apiSizes, sizes)
		}
		for _, p := range consumers {
			r.consumers = append(r.consumers, p.name)
			r.moved = append(r.moved, measureConsumer(b, p, p.messages, peerPayload))
			var sizes []measured
			for _, size := range sizeSteps {
				sizes = append(sizes, measureConsumer(b, p, p.messages/10, size))
			}
			r.consumerSizes = append(r.consumerSizes, sizes)
		}
		r.print(os.Stdout)
		r.write(b)
	}
}

// pythonWith makes a virtual environment with the requirements, whose hashes are
// checked, and returns its interpreter, or why there is none.
func pythonWith(b *testing.B, requirements string) (interpreter string, missing error) {
	b.Helper()
	folder, err := filepath.Abs("../../../bin/peers-python")
	check(b, err)
	interpreter = filepath.Join(folder, "bin", "python")
	for _, command := range [][]string{
		{"python3", "-m", "venv", folder},
		{interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", requirements},
	} {
		output, err := exec.CommandContext(b.Context(), command[0], command[1:]...).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%s: %w\n%s", command, err, output)
		}
	}
	return interpreter, nil
}

// measureAPI has clients send payloads for a while.
func measureAPI(b *testing.B, p peer, clients, size int) measured {
	b.Helper()
	w := newAPIWorld(b, sqsDelay)
	running := w.start(b, p.command[0], p.command[1:]...)
	defer running.stop()
	c := newCaller(running.url, clients, size)
	c.flood(b, min(clients, 8), 64) // so that all is loaded
	w.aws.Faults.ResetCalls()
	before, began := cpu(b, running.pid), time.Now()
	var mu sync.Mutex
	done := 0
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			sent := 0
			for ; time.Since(began) < peerLoad; sent++ {
				c.send(b)
			}
			mu.Lock()
			defer mu.Unlock()
			done += sent
		})
	}
	wg.Wait()
	c.client.CloseIdleConnections()
	n := float64(done)
	return measured{
		perSecond: n / time.Since(began).Seconds(), cpu: (cpu(b, running.pid) - before).Seconds() * 1e6 / n,
		memory: peakMemory(b, running.pid), sqs: float64(w.aws.Faults.Calls("sqs.*")) * 1000 / n,
	}
}

// measureConsumer has a consumer move n messages of about size bytes. It has moved
// one before, so that its start does not count, and stands still while the queue is
// filled.
func measureConsumer(b *testing.B, p peer, n, size int) measured {
	b.Helper()
	w := newWorkerWorld(b)
	w.content = size - 250
	w.fill(b, 1)
	command := exec.CommandContext(context.Background(), p.command[0], p.command[1:]...)
	command.Dir, command.Env = b.TempDir(), w.environ(freePort(b))
	command.Stdout, command.Stderr = io.Discard, os.Stderr
	check(b, command.Start())
	defer func() { _ = command.Process.Kill(); _ = command.Wait() }()
	w.waitEmpty(b)
	check(b, command.Process.Signal(syscall.SIGSTOP))
	w.fill(b, n)
	w.slow()
	w.plan.ResetCalls()
	before, began := cpu(b, command.Process.Pid), time.Now()
	check(b, command.Process.Signal(syscall.SIGCONT))
	w.waitEmpty(b)
	calls := func(operations ...string) float64 {
		all := 0
		for _, operation := range operations {
			all += w.plan.Calls(operation)
		}
		return float64(all) * 1000 / float64(n)
	}
	return measured{
		perSecond: float64(n) / time.Since(began).Seconds(),
		cpu:       (cpu(b, command.Process.Pid) - before).Seconds() * 1e6 / float64(n),
		memory:    peakMemory(b, command.Process.Pid),
		sqs:       calls("sqs.ReceiveMessage", "sqs.DeleteMessage*", "sqs.ChangeMessageVisibility*"),
		s3:        calls("s3.*"),
	}
}
