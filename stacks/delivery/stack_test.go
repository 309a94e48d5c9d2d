package delivery

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// copied is a folder with the scripts and nothing else.
func copied(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "scripts"), os.DirFS(filepath.Join(root(t), "scripts"))))
	return dir
}

func TestStackPassesOnToPulumi(t *testing.T) {
	for args, want := range map[string]string{
		"preview data-config prod --diff": "pulumi -C stacks/data-config preview --stack prod --diff",
		"up bootstrap prod":               "pulumi -C stacks/bootstrap up --stack prod",
		"refresh compute stage":           "pulumi -C . refresh --stack stage",
		"outputs compute prod":            "pulumi -C . stack output --json --stack prod",
		"destroy compute prod --yes":      "pulumi -C . destroy --stack prod --yes",
	} {
		r := script{Dir: copied(t), Replies: []reply{{Call: "^" + want + "$"}}}.run(t, "stack.sh", strings.Fields(args)...)
		assert.Zero(t, r.Status, r.Output)
		assert.Equal(t, []string{want}, r.lines("pulumi"))
	}
}

func TestStackNamesWhatIsAllowed(t *testing.T) {
	for args, want := range map[string]string{
		"up network prod":    "STACK is 'network'; allowed: compute, data-config, bootstrap",
		"up compute ../prod": "ENV is '../prod'; allowed:",
		"deploy compute env": "the command is 'deploy'; allowed:",
		"up compute":         "usage:",
	} {
		r := script{Dir: copied(t)}.run(t, "stack.sh", strings.Fields(args)...)
		assert.Equal(t, 2, r.Status, args)
		assert.Contains(t, r.Output, want)
		assert.Empty(t, r.Calls)
	}
}

// up runs `up compute prod` over the given settings and returns what was set.
func up(t *testing.T, settings string, env map[string]string, replies ...reply) (r result, set []string) {
	t.Helper()
	dir := copied(t)
	if settings != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.prod.yaml"), []byte(settings), 0o600))
	}
	r = script{Dir: dir, Env: env, Replies: append(replies,
		reply{Call: `^pulumi config set --config-file \S+ --stack prod --plaintext `},
		reply{Call: `^pulumi -C \. up --stack prod --config-file \S+$`},
	)}.run(t, "stack.sh", "up", "compute", "prod")
	require.Zero(t, r.Status, r.Output)
	for _, line := range r.lines("pulumi config set") {
		_, named, found := strings.Cut(line, "--plaintext ")
		require.True(t, found, line)
		set = append(set, named)
	}
	if settings != "" {
		after, err := os.ReadFile(filepath.Join(dir, "Pulumi.prod.yaml"))
		require.NoError(t, err)
		assert.Equal(t, settings, string(after), "the settings are left alone")
	}
	return r, set
}

func deployedImages() []reply {
	return []reply{
		{Call: `^pulumi stack output apiImage --stack prod$`, Stdout: "repo/api@sha256:1\n"},
		{Call: `^pulumi stack output workerImage --stack prod$`, Stdout: "repo/worker@sha256:2\n"},
	}
}

func TestUpKeepsTheDeployedImages(t *testing.T) {
	_, set := up(t, "config:\n  aws:region: us-east-1\n", nil, deployedImages()...)
	assert.Equal(t, []string{"ingest-compute:apiImage repo/api@sha256:1", "ingest-compute:workerImage repo/worker@sha256:2"}, set)
}

func TestUpTakesTheTagsItIsGiven(t *testing.T) {
	_, set := up(t, "config: {}\n", map[string]string{"API_IMAGE_TAG": "sha-abc1234"}, deployedImages()...)
	assert.Equal(t, []string{"ingest-compute:apiImageTag sha-abc1234", "ingest-compute:workerImage repo/worker@sha256:2"}, set)
}

func TestUpLeavesImagesThatTheSettingsName(t *testing.T) {
	_, set := up(t, "config:\n  ingest-compute:buildImages: \"true\"\n", nil)
	assert.Empty(t, set)
}

func TestAFirstUpNamesNoImages(t *testing.T) {
	_, set := up(t, "", nil, reply{Call: `^pulumi stack output (api|worker)Image`, Exit: 255})
	assert.Empty(t, set)
}

func TestLayersAreDestroyedFromTheTop(t *testing.T) {
	r := script{Dir: copied(t), Replies: []reply{
		{Call: `^pulumi -C \. stack output --json --stack prod$`, Stdout: `{"url": "http://alb"}`},
	}}.run(t, "stack.sh", "destroy", "data-config", "prod")
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "data-config in prod is still in use: destroy compute first (make destroy STACK=compute ENV=prod)")
}

func TestANewStackGetsTheKMSSecretsProvider(t *testing.T) {
	const provider = "awskms://alias/ingest-pulumi?region=us-east-1"
	want := reply{Call: "^" + regexp.QuoteMeta("pulumi -C stacks/data-config stack init staging --secrets-provider "+provider) + "$"}
	listed := reply{Call: `^pulumi -C stacks/bootstrap stack ls --json$`, Stdout: `[{"name": "prod", "current": false}]`}
	r := script{Dir: copied(t), Replies: []reply{
		listed, {Call: `^pulumi -C stacks/bootstrap stack output secretsProvider --stack prod$`, Stdout: provider + "\n"}, want,
	}}.run(t, "stack.sh", "init", "data-config", "staging")
	assert.Zero(t, r.Status, r.Output)

	r = script{Dir: copied(t), Env: map[string]string{"SECRETS_PROVIDER": provider}, Replies: []reply{want}}.run(t, "stack.sh", "init", "data-config", "staging")
	assert.Zero(t, r.Status, r.Output)

	r = script{Dir: copied(t), Replies: []reply{{Call: `stack ls --json`, Exit: 255}, {Call: `secretsProvider`, Exit: 255}}}.run(t, "stack.sh", "init", "data-config", "prod")
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "deploy it first (make bootstrap), or set SECRETS_PROVIDER")
}

func TestComputeWithoutItsDataLayerIsToldWhatToDo(t *testing.T) {
	r := script{Dir: copied(t), Replies: []reply{
		{Call: `^pulumi stack output \w+Image --stack prod$`, Exit: 255},
		{Call: `^pulumi -C \. up --config-file \S+|^pulumi -C \. up --stack`, Stderr: "error: unknown stack\n", Exit: 255},
		{Call: `^pulumi -C stacks/data-config stack output --json --stack prod$`, Exit: 255},
	}}.run(t, "stack.sh", "up", "compute", "prod")
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "compute needs data-config of the same environment: deploy it first (make up STACK=data-config ENV=prod)")
}

func TestTheStatusOfPulumiIsThatOfTheScript(t *testing.T) {
	r := script{Dir: copied(t), Replies: []reply{
		{Call: `^pulumi -C stacks/data-config up --stack prod$`, Stderr: "error: no credentials\n", Exit: 255},
	}}.run(t, "stack.sh", "up", "data-config", "prod")
	assert.Equal(t, 255, r.Status)
}
