// Package actrun runs the workflows of .github with nektos/act, on the host and
// without Docker. Programs that a workflow runs are shims, and actions are local
// copies that run shims: both ask the test. The command deliver is the real one, with
// AWS and GitHub in the test's own process.
//
// act shows which jobs and steps run, in which order and with which values. It has no
// OIDC tokens, permissions, concurrency or environments, and starts a workflow whatever
// the filters of its trigger say.
package actrun

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/stretchr/testify/require"
)

// Repository is what github.repository is.
const Repository = "acme/ingest"

// programs are what workflows run, except for git and the shell.
var programs = []string{"go", "make", "sudo", "gh", "docker", "pulumi", "ingestctl", actionProgram}

// Runner runs workflows on a repository.
type Runner struct {
	// Repo is what actions/checkout clones.
	Repo *gitrepo.Repository
	AWS  *AWS
	Hub  *Hub
	// Vars are the variables of the repository.
	Vars map[string]string
	// Programs answers for programs, in place of an answer without effect, and for
	// actions by their names: one that answers another status than 0 has failed.
	Programs map[string]func(Call) Answer
	// Env is added to the environment of every step.
	Env map[string]string

	tools, bin string
	server     *httptest.Server
	flags      []string

	mu        sync.Mutex
	calls     []Call
	artifacts string
}

// New makes a repository with the workflows of this one. It builds act, and skips the
// test under -short.
func New(t *testing.T) *Runner {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: running workflows takes a minute")
	}
	built, err := tools()
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("act cannot be built: %v", err)
	}
	require.NoError(t, err)
	r := &Runner{
		Repo: newRepository(t), AWS: newAWS(t), Hub: newHub(t), Vars: Variables(), Programs: map[string]func(Call) Answer{},
		Env: map[string]string{}, tools: built.folder, bin: t.TempDir(),
	}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	for _, program := range programs {
		require.NoError(t, os.Symlink(filepath.Join(built.folder, "shim"), filepath.Join(r.bin, program)))
	}
	r.flags = localActions(t)
	return r
}

// Variables are those of a repository that is set up.
func Variables() map[string]string {
	registry := "123456789012.dkr.ecr.us-east-1.amazonaws.com/"
	variables := map[string]string{
		"AWS_REGION": "us-east-1", "PULUMI_BACKEND_URL": "s3://state?region=us-east-1",
		"ECR_REPO_API": registry + "ingest-prod-api", "ECR_REPO_WORKER": registry + "ingest-prod-worker",
	}
	for _, role := range []string{"CI", "CD", "PREVIEW", "DRIFT"} {
		variables["AWS_ROLE_TO_ASSUME_"+role] = strings.ToLower(role)
	}
	return variables
}

// Result is a run of a workflow.
type Result struct {
	Passed bool
	// Log is what act printed.
	Log string
	// Calls are the programs and actions in the order in which they began.
	Calls []Call
}

// Of are the calls that begin with one of some texts. Jobs run at the same time, so the
// order is that of the text.
func (r Result) Of(beginnings ...string) []string {
	found := []string{}
	for _, call := range r.Calls {
		if slices.ContainsFunc(beginnings, func(begins string) bool { return strings.HasPrefix(call.command(), begins) }) {
			found = append(found, call.String())
		}
	}
	slices.Sort(found)
	return found
}

// Run runs a workflow for an event, at the commit that the repository's folder has
// checked out.
func (r *Runner) Run(t *testing.T, workflow, event string, payload map[string]any) Result {
	t.Helper()
	content, err := json.Marshal(payload)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "event.json")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	args := append([]string{
		event, "-W", filepath.Join(r.Repo.Dir, ".github", "workflows", workflow), "-e", file, "-C", r.Repo.Dir, "--action-cache-path", t.TempDir(),
		"-P", "ubuntu-24.04=-self-hosted", "--no-skip-checkout", "--no-cache-server", "--defaultbranch", "main", "-s", "GITHUB_TOKEN=token",
		"--env", "GITHUB_REPOSITORY=" + Repository, "--env", "GITHUB_API_URL=" + r.Hub.server.URL,
	}, r.flags...)
	for name, value := range r.Vars {
		args = append(args, "--var", name+"="+value)
	}
	for name, value := range r.Env {
		args = append(args, "--env", name+"="+value)
	}
	r.mu.Lock()
	r.calls, r.artifacts = nil, t.TempDir()
	r.mu.Unlock()
	var log bytes.Buffer
	command := exec.CommandContext(t.Context(), filepath.Join(r.tools, "act"), args...) //nolint:gosec // the test's own
	command.Env, command.Stdout, command.Stderr = r.environ(), &log, &log
	err = command.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("act %s\n%s", strings.Join(args, " "), log.String())
		}
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	return Result{Passed: err == nil, Log: log.String(), Calls: slices.Clone(r.calls)}
}

// environ is the environment of this process, without that of a workflow that runs the
// tests.
func (r *Runner) environ() []string {
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		for _, prefix := range []string{"GITHUB_", "RUNNER_", "ACTIONS_", "INPUT_", "AWS_", "PULUMI_", "GOWORK", "CI"} {
			if strings.HasPrefix(name, prefix) {
				return true
			}
		}
		return false
	})
	for name, value := range gitrepo.Environment {
		env = append(env, name+"="+value)
	}
	return append(env,
		"PATH="+r.bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		Variable+"="+r.server.URL, "ACT_DISABLE_VERSION_CHECK=1", "AWS_ENDPOINT_URL="+r.AWS.server.URL)
}

// ServeHTTP answers a shim.
func (r *Runner) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var call Call
	if err := json.NewDecoder(request.Body).Decode(&call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := r.answer(&call)
	if err != nil {
		answer = Answer{Status: 1, Stdout: err.Error() + "\n"}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// refreshed is the event log of a preview that refreshes a resource.
const refreshed = `{"resourcePreEvent": {"metadata": {"op": "refresh", "urn": "urn:pulumi:prod::p::t::n"}}}
{"resOutputsEvent": {"metadata": {"op": "same", "urn": "urn:pulumi:prod::p::t::n", "old": {"urn": "urn:pulumi:prod::p::t::n"}, "new": {"urn": "urn:pulumi:prod::p::t::n"}}}}
`

func (r *Runner) answer(call *Call) (Answer, error) {
	act := r.Programs[call.Program]
	if call.Program == actionProgram {
		call.Program, call.Args = call.Args[0], nil
		return r.action(call)
	}
	if call.Program != "go" {
		r.record(*call)
	}
	if log := slices.Index(call.Args, "--event-log"); log >= 0 {
		if err := os.WriteFile(call.Args[log+1], []byte(refreshed), 0o600); err != nil {
			return Answer{}, err
		}
	}
	switch {
	case act != nil:
		return act(*call), nil
	case call.Program == "go":
		return r.goCommand(*call)
	case call.Program == "pulumi" && slices.Contains(call.Args, "history"):
		return Answer{Stdout: "[]"}, nil
	case call.Program == "pulumi" && slices.Contains(call.Args, "output"):
		return Answer{Stdout: `{"url": "http://example.com"}`}, nil
	}
	return Answer{}, nil
}

func (r *Runner) record(call Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call)
}

// goCommand runs what deliver asks of Go, and has the programs that were built before.
func (r *Runner) goCommand(call Call) (Answer, error) {
	args := strings.Join(call.Args, " ")
	switch {
	case strings.HasPrefix(args, "run ./stacks/cmd/deliver "):
		return call.Real(filepath.Join(r.tools, "deliver"), call.Args[2:]...), nil
	case args == "build -o bin/ingestctl ./services/ingestctl":
		if err := os.Mkdir(filepath.Join(call.Dir, "bin"), 0o700); err != nil {
			return Answer{}, err
		}
		return Answer{}, os.Symlink(filepath.Join(r.bin, "ingestctl"), filepath.Join(call.Dir, "bin", "ingestctl"))
	case call.Args[0] == "list":
		program, err := exec.LookPath("go")
		return call.Real(program, call.Args...), err
	}
	return Answer{}, errors.New("no workflow is known to run go " + args)
}
