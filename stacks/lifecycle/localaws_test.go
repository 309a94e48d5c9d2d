package lifecycle

import (
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/stretchr/testify/assert"
)

// What `make up-local` and its companions run: each process opens the account again
// from its file.
func TestLocalAWS_upPreviewDestroy(t *testing.T) {
	t.Parallel()
	e := engine.New(t, engine.Options{})
	const program = "bin/localaws"
	e.Run("go", "build", "-o", program, "./stacks/cmd/localaws").Succeeds(t)
	settings := map[string]string{}
	for _, name := range []string{"Pulumi.local.yaml", "stacks/data-config/Pulumi.local.yaml", "stacks/bootstrap/Pulumi.local.yaml"} {
		settings[name] = content(t, filepath.Join(e.Dir, name))
	}
	local := func(args ...string) *engine.Result { return e.Run(program, args...) }

	up := local("up", "--no-cost").Succeeds(t).Text()
	for _, stack := range []string{"bootstrap", "data-config", "compute"} {
		assert.Regexp(t, stack+`: pulumi up \.\.\. \d+ created, `, up)
	}
	assert.Regexp(t, `sqs Queue +ingest-local-emails-dlq, ingest-local-emails-queue`, up)
	assert.Regexp(t, `url +http://ingest-local-`, up)
	assert.Contains(t, up, "may send message (sqs) on queue ingest-local-us-east-1-emails-queue")
	assert.Contains(t, up, "may get parameter, parameters (ssm) on parameter /ingest/local/token")

	assert.Contains(t, local("preview", "--set", "workerDesiredCount=3").Succeeds(t).Text(), "desiredCount: 1 => 3")
	assert.Contains(t, local("pulumi", "compute", "stack", "output", "url").Succeeds(t).Text(), "http://ingest-local-")
	again := local("up", "--no-cost").Succeeds(t).Text()
	assert.Contains(t, again, "bootstrap: pulumi up ... unchanged")
	assert.Contains(t, again, "data-config: pulumi up ... unchanged")
	assert.Contains(t, again, "compute: pulumi up ... 1 updated")
	for name, before := range settings {
		assert.Equal(t, before, content(t, filepath.Join(e.Dir, name)), "%s is not changed", name)
	}

	assert.Contains(t, local("down").Succeeds(t).Text(), "left in the account: ecs TaskDefinition")
	assert.NoDirExists(t, filepath.Join(e.Dir, ".local", "pulumi"))
}
