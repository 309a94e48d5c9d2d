package ingestctl

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ARNs in ECS, as compute's outputs give them.
const (
	clusterARN = "arn:aws:ecs:us-east-1:123456789012:cluster/ingest-prod-cluster"
	apiARN     = "arn:aws:ecs:us-east-1:123456789012:service/ingest-prod-cluster/ingest-prod-api"
	workerARN  = "arn:aws:ecs:us-east-1:123456789012:service/ingest-prod-cluster/ingest-prod-worker"
)

// deployed makes the fake AWS look like the stack prod: a pulumi that knows its
// outputs, and credentials as an operator has them.
func (w *world) deployed(t *testing.T) {
	t.Helper()
	api := w.api(t)
	bin := t.TempDir()
	outputs := func(values map[string]string) string {
		text, err := json.Marshal(values)
		require.NoError(t, err)
		return string(text)
	}
	compute := outputs(map[string]string{
		"url": api.URL(""), "ecsClusterArn": clusterARN, "apiServiceArn": apiARN, "workerServiceArn": workerARN,
		"apiTaskDefinitionArn":    "arn:aws:ecs:us-east-1:123456789012:task-definition/ingest-prod-api:7",
		"workerTaskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/ingest-prod-worker:3",
		"apiLogGroupName":         "/ingest-prod/api", "workerLogGroupName": "/ingest-prod/worker",
	})
	data := outputs(map[string]string{
		"region": fakeaws.Region, "emailsQueueUrl": w.seeded.QueueURL, "emailsDlqUrl": w.seeded.DLQURL,
		"payloadBucketName":  fakeaws.LocalBucket,
		"tokenParameterName": fakeaws.LocalParameter, "environment": "local",
	})
	script := `#!/bin/sh
case "$*" in
  *"stack output --json --stack prod") case "$*" in *data-config*) echo '` + data + `' ;; *) echo '` + compute + `' ;; esac ;;
  *"config --json --stack prod") echo '{"ingest-compute:payloadVersion": {"value": "v1"}}' ;;
  *) echo "error: no stack named '${*##* }' found" >&2; exit 255 ;;
esac
`
	require.NoError(t, os.WriteFile(filepath.Join(bin, "pulumi"), []byte(script), 0o700))
	delete(w.env, "API_URL")
	w.env["PATH"] = bin + string(os.PathListSeparator) + w.env["PATH"]
	w.env["AWS_ACCESS_KEY_ID"], w.env["AWS_SECRET_ACCESS_KEY"] = "test", "test"
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	w.env["INGEST_WORKSPACE"] = root
}

func TestStack_isFoundThroughPulumi(t *testing.T) {
	w := newWorld(t)
	w.deployed(t)
	w.worker(t)
	verified := w.run(t, "", "--stack", "prod", "verify")
	require.Zero(t, verified.status, "%s%s", verified.stdout, verified.stderr)

	w.overwriteToken(t, "CHANGEME")
	placeholder := w.run(t, "", "--stack", "prod", "send")
	assert.Equal(t, 1, placeholder.status)
	assert.Contains(t, placeholder.stderr, "set one with ingestctl --stack prod token set --generate")

	none := w.run(t, "", "--stack", "staging", "token", "check")
	assert.Equal(t, 1, none.status)
	assert.Contains(t, none.stderr, "no stack named 'staging' found")
	assert.Contains(t, none.stderr, "is it deployed, and is pulumi logged in to its backend? pulumi whoami -v")
}

func TestCredentials_missing_errorSaysHowToLogIn(t *testing.T) {
	w := newWorld(t)
	w.deployed(t)
	delete(w.env, "AWS_ACCESS_KEY_ID")
	w.env["AWS_EC2_METADATA_DISABLED"] = "true"
	r := w.run(t, "", "--stack", "prod", "token", "check")
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "next: there are no AWS credentials: log in (aws sso login) or set AWS_PROFILE")
}
