package delivery

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
)

// locked is what the DIY backend says of a stack that someone else holds, as
// Pulumi 3.259 words it (pkg/backend/diy/lock.go).
const locked = "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or " +
	"delete the lock file with `pulumi cancel`.\n" +
	"  s3://ingest-pulumi-state/.pulumi/locks/organization/ingest-compute/prod/42.json: " +
	"created by runner@fv-az1 (pid 77) at 2026-01-02T03:04:05Z\n" +
	"make: *** [make/pulumi.mk:9: up] Error 255\n"

func deploy(t *testing.T, env map[string]string, replies ...reply) result {
	t.Helper()
	all := map[string]string{"ENV": "prod"}
	maps.Copy(all, env)
	return script{Env: all, Replies: replies}.run(t, "deploy.sh")
}

func TestDeployPassesTheTagsThatWereChosen(t *testing.T) {
	up := reply{Call: `^make up `}
	r := deploy(t, map[string]string{"API_IMAGE_TAG": "sha-aaaaaaa", "WORKER_IMAGE_TAG": "sha-bbbbbbb", "MESSAGE": "cd-after-ci:0123"}, up)
	assert.Zero(t, r.Status, r.Output)
	assert.Equal(t, []string{"make up STACK=compute ENV=prod API_IMAGE_TAG=sha-aaaaaaa WORKER_IMAGE_TAG=sha-bbbbbbb PULUMI_FLAGS=--message=cd-after-ci:0123"}, r.lines("make"))

	r = deploy(t, nil, up)
	assert.Zero(t, r.Status, r.Output)
	assert.Equal(t, []string{"make up STACK=compute ENV=prod"}, r.lines("make"), "an empty tag keeps the deployed image")
}

func TestALockThatEndsInTimeIsWaitedFor(t *testing.T) {
	r := deploy(t, nil,
		reply{Call: `^make up `, Stderr: locked, Exit: 2},
		reply{Call: `^make up `, Stderr: locked, Exit: 2},
		reply{Call: `^make up `, Stdout: "Updating (prod)\n"})
	assert.Zero(t, r.Status, r.Output)
	assert.Len(t, r.lines("make up"), 3)
	assert.Equal(t, []string{"sleep 20", "sleep 20"}, r.lines("sleep"))
}

func TestAStaleLockIsExplainedWithTheCommandThatRemovesIt(t *testing.T) {
	r := deploy(t, nil, reply{Call: `^make up `, Stderr: locked, Exit: 2})
	assert.Equal(t, 1, r.Status)
	assert.Len(t, r.lines("make up"), 16, "every 20 s for 5 minutes")
	assert.Contains(t, r.Output, "still locked after 300 s")
	assert.Contains(t, r.Output, "42.json: created by runner@fv-az1 (pid 77) at 2026-01-02T03:04:05Z\nIf no update")
	assert.Contains(t, r.Output, "\n  pulumi cancel --yes --stack prod\n")
}

func TestAnyOtherFailureEndsAtOnce(t *testing.T) {
	r := deploy(t, nil, reply{Call: `^make up `, Stderr: "error: update failed\n", Exit: 2})
	assert.Equal(t, 1, r.Status)
	assert.Len(t, r.lines("make up"), 1)
	assert.Contains(t, r.Output, "deploying compute to prod: make up failed")
	assert.NotContains(t, r.Output, "pulumi cancel")
}
