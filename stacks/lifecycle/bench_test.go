package lifecycle

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

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
// of an empty program. The program is linked for each, as it is for a user; the
// AWS account is in memory, so that neither waits for a network.
func BenchmarkPreview(b *testing.B) {
	a := open(b)
	a.deploy(b)
	folder := filepath.Join(a.Dir, "stacks", "empty")
	require.NoError(b, os.MkdirAll(folder, 0o700))
	a.write(b, "stacks/empty/Pulumi.yaml", "name: empty\nruntime: go\n")
	a.write(b, "stacks/empty/main.go", emptyProgram)
	empty := a.Project("stacks/empty")
	empty.Init(environment)
	// Compiled and linked in advance, a program would cost nothing but its run.
	a.Env = append(a.Env, "PULUMI_GO_USE_RUN=")
	a.compute.Preview().Succeeds(b)
	empty.Preview().Succeeds(b)

	var compute, nothing, compile, provider time.Duration
	b.ResetTimer()
	for range b.N * rounds {
		busy := a.providers.Busy()
		compute += a.compute.Preview("--expect-no-changes").Succeeds(b).Took
		provider += a.providers.Busy() - busy
		nothing += empty.Preview().Succeeds(b).Took
		compile += a.Run("go", "build", "-o", filepath.Join(b.TempDir(), "program"), "./stacks/compute").Succeeds(b).Took
	}
	each := func(d time.Duration) string {
		return (d / time.Duration(b.N*rounds)).Round(time.Millisecond).String()
	}
	b.ReportMetric(0, "ns/op")
	for _, figure := range []struct{ what, got, aim string }{
		{"of compute, nothing to change", each(compute), ""},
		{"of an empty Go program", each(nothing), ""},
		{"compute over empty", fmt.Sprintf("%.1f times", compute.Seconds()/nothing.Seconds()), " (aim: 3.5)"},
		{"compile and link", each(compile), ""},
		{"engine", each(compute - compile - provider), ""},
		{"provider, over all its calls", each(provider), ""},
		{"engine and provider", each(compute - compile), " (aim: 2s)"},
	} {
		fmt.Fprintf(os.Stdout, "pulumi preview: %s %s%s\n", figure.what, figure.got, figure.aim)
	}
}
