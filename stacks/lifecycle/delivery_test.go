package lifecycle

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/ingest-iac/ingest/stacks/internal/testing/actrun"
	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The workflows over a deployment: act runs them, and pulumi is the real one. Package
// delivery runs them with a pulumi that does nothing.
func TestWorkflows_onTheRealEngine(t *testing.T) { //nolint:tparallel // each part begins with what the one before has left
	t.Parallel()
	a := openDeployed(t)
	r := actrun.New(t)
	r.Vars["PULUMI_BACKEND_URL"] = pulumitools.FolderBackend(a.State)
	r.Repo.Commit(t, a.settings(t))
	var one sync.Mutex // The providers serve one engine at a time.
	r.Programs["pulumi"] = func(call actrun.Call) actrun.Answer {
		one.Lock()
		defer one.Unlock()
		return a.run(call)
	}
	t.Run("drift", func(t *testing.T) { driftIsFound(t, a, r) })
	t.Run("preview", func(t *testing.T) { previewIsWrittenDown(t, a, r) })
	t.Run("deploy", func(t *testing.T) { imagesAreDeployed(t, a, r) })
	t.Run("lock", func(t *testing.T) { aStaleLockIsExplained(t, a, r) })
	t.Run("ingestctl", func(t *testing.T) { ingestctlFindsTheStack(t, a) })
}

// run runs the pulumi of a workflow on the account, in the same folder of its copy of
// the workspace.
func (a *account) run(call actrun.Call) actrun.Answer {
	folder, err := filepath.Rel(call.Env("GITHUB_WORKSPACE"), call.Dir)
	if err != nil {
		return actrun.Answer{Stderr: err.Error(), Status: 1}
	}
	var stdout, stderr bytes.Buffer
	command := a.Command(filepath.Join(a.Dir, folder), call.Args...)
	command.Stdout, command.Stderr = &stdout, &stderr
	command.Env = append(command.Env, "PULUMI_BACKEND_URL="+call.Env("PULUMI_BACKEND_URL"))
	err = command.Run()
	answer := actrun.Answer{Stdout: stdout.String(), Stderr: stderr.String()}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		answer.Status = exit.ExitCode()
	} else if err != nil {
		answer.Status, answer.Stderr = 1, err.Error()
	}
	return answer
}

func driftIsFound(t *testing.T, a *account, r *actrun.Runner) {
	compare := func() []actrun.Issue {
		assert.True(t, r.Run(t, "drift.yml", "schedule", map[string]any{"schedule": "23 3 * * *"}).Passed)
		return r.Hub.Issues()
	}
	assert.Empty(t, compare())

	const group = "/ingest-prod/api"
	before := a.compute.Export()
	require.NoError(t, a.aws.Change("aws:cloudwatch/logGroup:LogGroup", group, "retentionInDays", 30.0))
	issues := compare()
	require.Len(t, issues, 1)
	assert.Contains(t, issues[0].Body, "in: compute. ")
	assert.Contains(t, issues[0].Body, "retentionInDays")
	assert.Equal(t, before, a.compute.Export(), "looking writes no state")
	require.NoError(t, a.aws.Change("aws:cloudwatch/logGroup:LogGroup", group, "retentionInDays", 3.0))
}

func previewIsWrittenDown(t *testing.T, a *account, r *actrun.Runner) {
	a.data.Config("maxReceiveCount", "7")
	run := r.Run(t, "ci.yml", "pull_request", map[string]any{"pull_request": map[string]any{
		"number": 7, "user": map[string]any{"login": "someone"}, "base": map[string]any{"ref": "main"},
		"head": map[string]any{"ref": "topic", "sha": r.Repo.Head(t), "repo": map[string]any{"full_name": actrun.Repository}},
	}})
	assert.True(t, run.Passed)
	comments := r.Hub.Comments(7)
	require.Len(t, comments, 1)
	assert.Contains(t, comments[0], "redrivePolicy")
	a.data.Config("maxReceiveCount", "5")
}

// deployed is the event of a run of ci that ended on main.
func deployed(t *testing.T, r *actrun.Runner) map[string]any {
	t.Helper()
	return map[string]any{"workflow_run": map[string]any{
		"conclusion": "success", "event": "push", "head_branch": "main", "head_sha": r.Repo.Head(t),
		"head_repository": map[string]any{"full_name": actrun.Repository},
	}}
}

func imagesAreDeployed(t *testing.T, a *account, r *actrun.Runner) {
	commit := r.Repo.Head(t)
	tag := gitrepo.Tag(commit)
	digests := a.push(t, tag)
	for service := range digests {
		r.AWS.Push("ingest-prod-"+service, tag)
	}
	assert.True(t, r.Run(t, "cd.yml", "workflow_run", deployed(t, r)).Passed)
	outputs := a.compute.Outputs()
	assert.Contains(t, outputs["apiImage"], digests["api"])
	assert.Contains(t, outputs["workerImage"], digests["worker"])
	assert.Contains(t, a.compute.Pulumi("stack", "history", "--json").Succeeds(t).Stdout, "cd-after-ci:"+commit)
}

func aStaleLockIsExplained(t *testing.T, a *account, r *actrun.Runner) {
	lock := filepath.Join(a.State, ".pulumi", "locks", "organization", "ingest-compute", environment, "0a1b.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(lock), 0o700))
	require.NoError(t, os.WriteFile(lock, []byte(`{"pid":1,"username":"ci","hostname":"runner-7","timestamp":"2026-01-02T03:04:05Z"}`), 0o600))
	r.Env["LOCK_PATIENCE"], r.Env["LOCK_INTERVAL"] = "1s", "1s"
	locked := r.Run(t, "cd.yml", "workflow_run", deployed(t, r))
	assert.False(t, locked.Passed)
	assert.Contains(t, locked.Log, "the state of compute in prod is still locked after 1s:")
	assert.Contains(t, locked.Log, "created by ci@runner-7 (pid 1) at 2026-01-02T03:04:05Z")
	assert.Contains(t, locked.Log, "  pulumi cancel --yes --stack prod")

	a.compute.Pulumi("cancel", "--yes", "--stack", environment).Succeeds(t)
	assert.True(t, r.Run(t, "cd.yml", "workflow_run", deployed(t, r)).Passed)
}

// ingestctl learns from the stacks' outputs where the token is.
func ingestctlFindsTheStack(t *testing.T, a *account) {
	asked := make(chan string, 1)
	ssm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- r.Header.Get("X-Amz-Target") + " " + string(body) + " " + r.Header.Get("Authorization")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type": "ParameterNotFound"}`)
	}))
	defer ssm.Close()
	check := a.Run(filepath.Join(programs, "ingestctl"), "--stack", environment, "--endpoint", ssm.URL, "token", "check").Fails(t)
	assert.Contains(t, check.Text(), "deploy the stack (make up STACK=data-config ENV=prod)")
	request := <-asked
	assert.Contains(t, request, "AmazonSSM.GetParameter ")
	assert.Contains(t, request, `"Name":"/ingest/prod/token"`)
	assert.Contains(t, request, "/us-east-1/ssm/aws4_request")
}
