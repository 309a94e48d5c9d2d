package lifecycle

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the workflows run, on the real engine: the scripts' other tests have a
// fake pulumi.
func TestWorkflowScripts_onTheRealEngine(t *testing.T) { //nolint:tparallel // each part begins with what the one before has left
	t.Parallel()
	a := open(t, "ENV="+environment)
	a.deploy(t)
	t.Run("drift", func(t *testing.T) { driftIsFound(t, a) })
	t.Run("preview", func(t *testing.T) { previewIsWrittenDown(t, a) })
	t.Run("deploy", func(t *testing.T) { tagsAreDeployed(t, a) })
	t.Run("ingestctl", func(t *testing.T) { ingestctlFindsTheStack(t, a) })
	t.Run("lock", func(t *testing.T) { aStaleLockIsExplained(t, a) })
}

func driftIsFound(t *testing.T, a *account) {
	lookups := httptest.NewServer(http.HandlerFunc(nothingForeign))
	defer lookups.Close()
	env := a.Env
	a.Env = append(slices.Clone(env), "AWS_ENDPOINT_URL="+lookups.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test")
	defer func() { a.Env = env }()
	found := func(layer string) string {
		a.deliver("drift", layer, "drift").Succeeds(t)
		return a.read(t, "drift/"+layer+".status")
	}
	for _, layer := range []string{"bootstrap", "data-config", "compute"} {
		assert.Equal(t, "clean\n", found(layer), a.read(t, "drift/"+layer+".md"))
	}

	const group = "/ingest-prod/api"
	before := a.compute.Export()
	require.NoError(t, a.aws.Change("aws:cloudwatch/logGroup:LogGroup", group, "retentionInDays", 30.0))
	assert.Equal(t, "drift\n", found("compute"))
	assert.Contains(t, a.read(t, "drift/compute.md"), "retentionInDays")
	assert.Equal(t, before, a.compute.Export(), "looking writes no state")
	require.NoError(t, a.aws.Change("aws:cloudwatch/logGroup:LogGroup", group, "retentionInDays", 3.0))
	assert.Equal(t, "clean\n", found("compute"))
}

// nothingForeign answers the lookups of drift in SNS, ELB and S3: nothing is there that
// no resource refers to.
func nothingForeign(w http.ResponseWriter, r *http.Request) {
	switch r.PostFormValue("Action") {
	case "ListSubscriptionsByTopic":
		_, _ = io.WriteString(w, "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult/></ListSubscriptionsByTopicResponse>")
	case "DescribeListeners":
		_, _ = io.WriteString(w, "<DescribeListenersResponse><DescribeListenersResult/></DescribeListenersResponse>")
	default: // S3, GetBucketCors
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchCORSConfiguration</Code></Error>")
	}
}

func previewIsWrittenDown(t *testing.T, a *account) {
	a.data.Config("maxReceiveCount", "7")
	a.deliver("preview", "data-config", "previews").Succeeds(t)
	assert.Contains(t, a.read(t, "previews/data-config.md"), "redrivePolicy")
	a.data.Config("maxReceiveCount", "5")
}

func tagsAreDeployed(t *testing.T, a *account) {
	digests := a.push(t, "sha-0000002")
	a.Env = append(a.Env, "WORKER_IMAGE_TAG=sha-0000002", "MESSAGE=cd-after-ci:0000002")
	a.deliver("deploy").Succeeds(t)
	outputs := a.compute.Outputs()
	assert.Contains(t, outputs["workerImage"], digests["worker"])
	assert.NotContains(t, outputs["apiImage"], digests["api"], "it was not named, so it stays")
	assert.Contains(t, a.compute.Pulumi("stack", "history", "--json").Succeeds(t).Stdout, "cd-after-ci:0000002")
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
	a.Run("go", "build", "-o", "bin/ingestctl", "./services/ingestctl").Succeeds(t)
	a.Env = append(a.Env, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test")
	check := a.Run("bin/ingestctl", "--stack", environment, "--endpoint", ssm.URL, "token", "check").Fails(t)
	assert.Contains(t, check.Text(), "deploy the stack (make up STACK=data-config ENV=prod)")
	request := <-asked
	assert.Contains(t, request, "AmazonSSM.GetParameter ")
	assert.Contains(t, request, `"Name":"/ingest/prod/token"`)
	assert.Contains(t, request, "/us-east-1/ssm/aws4_request")
}

func aStaleLockIsExplained(t *testing.T, a *account) {
	lock := filepath.Join(a.State, ".pulumi", "locks", "organization", "ingest-compute", environment, "0a1b.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(lock), 0o700))
	require.NoError(t, os.WriteFile(lock, []byte(`{"pid":1,"username":"ci","hostname":"runner-7","timestamp":"2026-01-02T03:04:05Z"}`), 0o600))
	a.Env = append(a.Env, "LOCK_PATIENCE=1s", "LOCK_INTERVAL=1s")
	locked := a.deliver("deploy").Fails(t)
	assert.Contains(t, locked.Text(), "the state of compute in prod is still locked after 1s:\n")
	assert.Contains(t, locked.Text(), "created by ci@runner-7 (pid 1) at 2026-01-02T03:04:05Z")
	assert.Contains(t, locked.Text(), "\n  pulumi cancel --yes --stack prod\n")

	a.compute.Pulumi("cancel", "--yes", "--stack", environment).Succeeds(t)
	a.deliver("deploy").Succeeds(t)
}
