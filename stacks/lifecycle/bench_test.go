package lifecycle

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/require"
)

// emptyProgram is the least that pulumi runs as a Go program.
const emptyProgram = `package main

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

func main() { pulumi.Run(func(*pulumi.Context) error { return nil }) }
`

// rounds are the previews of each program, taken in turns.
const rounds = 5

// BenchmarkPreview times a preview of compute in which nothing changes, next to one
// of an empty program: as `make preview` runs pulumi, which keeps the linked program,
// and as a plain `pulumi preview` does, which links it each time. The AWS account is in
// memory, so that neither waits for a network.
func BenchmarkPreview(b *testing.B) {
	a := openAccount(b, fakecloud.New(), engine.Options{})
	a.deploy(b)
	folder := filepath.Join(a.Dir, "stacks", "empty")
	require.NoError(b, os.MkdirAll(folder, 0o700))
	a.write(b, "stacks/empty/Pulumi.yaml", "name: empty\nruntime: go\n")
	a.write(b, "stacks/empty/main.go", emptyProgram)
	empty := a.Project("stacks/empty")
	empty.Init()
	b.ReportMetric(0, "ns/op")
	a.measure(b, empty, "make preview", "true", " (target: at most 2.5)")
	a.measure(b, empty, "pulumi preview", "", "")
}

// measure previews both programs in turns.
func (a *account) measure(b *testing.B, empty *engine.Project, command, useRun, target string) {
	b.Helper()
	a.Env = append(a.Env, "PULUMI_GO_USE_RUN="+useRun)
	a.compute.Preview().Succeeds(b)
	empty.Preview().Succeeds(b)
	var compute, nothing, provider time.Duration
	for range b.N * rounds {
		busy := a.providers.Busy()
		compute += a.compute.Preview("--expect-no-changes").Succeeds(b).Took
		provider += a.providers.Busy() - busy
		nothing += empty.Preview().Succeeds(b).Took
	}
	each := func(d time.Duration) time.Duration {
		return (d / time.Duration(b.N*rounds)).Round(time.Millisecond)
	}
	fmt.Fprintf(os.Stdout, "%s: compute %s, of which the provider's calls %s; an empty program %s; %.1f times%s\n",
		command, each(compute), each(provider), each(nothing), compute.Seconds()/nothing.Seconds(), target)
}
