package ingestctl

import (
	"bytes"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// overwriteToken sets the token behind ingestctl's back.
func (w *world) overwriteToken(t *testing.T, value string) {
	t.Helper()
	_, err := ssm.NewFromConfig(w.server.Config()).PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String(fakeaws.LocalParameter), Value: &value, Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	require.NoError(t, err)
}

func TestVerifyFollowsAPayloadIntoTheBucket(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	w.worker(t)
	verified := w.run(t, "", "verify")
	require.Zero(t, verified.status, verified.stderr)
	golden(t, "verify", verified.stdout)
	asJSON := w.run(t, "", "verify", "--json")
	require.Zero(t, asJSON.status)
	golden(t, "verify-json", asJSON.stdout)

	listed := w.run(t, "", "objects", "ls")
	require.Zero(t, listed.status, listed.stderr)
	golden(t, "objects-ls", listed.stdout)
	_, id, _ := strings.Cut(verified.stdout, "ms  ")
	id, _, _ = strings.Cut(id, "\n")
	content := w.run(t, "", "objects", "cat", id)
	require.Zero(t, content.status, content.stderr)
	assert.Contains(t, content.stdout, `{"email_subject": "ingestctl verify `)
}

func TestVerifySaysWhichStepFailed(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	stored := w.run(t, "", "verify", "--timeout", "300ms")
	assert.Equal(t, 4, stored.status)
	golden(t, "verify-not-stored", stored.stdout+stored.stderr)

	w.env["TOKEN"] = "another"
	accepted := w.run(t, "", "verify")
	assert.Equal(t, 3, accepted.status)
	golden(t, "verify-not-accepted", accepted.stdout+accepted.stderr)
}

func TestObjectsThatAreNotThere(t *testing.T) {
	w := newWorld(t)
	for args, want := range map[string]string{
		"objects ls --day 2020-02-01":                          "0 under emails/v1/local/2020/02/01/\n",
		"objects ls --day yesterday":                           `--day is "yesterday"; allowed is a date such as 2006-01-02`,
		"objects ls --limit=-1":                                "--limit is -1; allowed is 0 or more",
		"objects cat --day 2020-02-01 m-1":                     "message m-1: there is no such object under emails/v1/local/2020/02/01/: --day names another day, and ingestctl objects ls --day DATE lists it",
		"objects cat emails/v1/local/2020/02/01/1_msgid=.json": "reading s3://ingest-local/emails/v1/local/2020/02/01/1_msgid=.json: there is no such object",
		"objects ls --bucket other-bucket":                     "next: it is not there: start the pipeline with `make run`",
	} {
		r := w.run(t, "", strings.Fields(args)...)
		assert.Contains(t, r.stdout+r.stderr, want, args)
		assert.Equal(t, strings.HasPrefix(want, "0 under"), r.status == 0, args)
	}
}

func TestCtrlCEndsBulkWithItsSummary(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	command := w.start(t, "", "bulk", "--count", "100000", "--rate", "200")
	var stdout bytes.Buffer
	command.Stdout = &stdout
	require.NoError(t, command.Start())
	require.Eventually(t, func() bool { return w.server.SQS.Counts(fakeaws.LocalQueue).Visible > 10 }, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	var exit *exec.ExitError
	require.ErrorAs(t, command.Wait(), &exit)
	assert.Equal(t, 130, exit.ExitCode())
	assert.Regexp(t, `^\d+ sent in \d+\.\d s `, stdout.String())
	assert.Contains(t, stdout.String(), "  200  ")
	assert.NotContains(t, stdout.String(), "no answer", "what was on its way was waited for")
}

func TestAShellCompletesWhatTheProgramHas(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	w := newWorld(t)
	script := w.run(t, "", "completion", "bash")
	require.Zero(t, script.status)
	command := w.start(t, script.stdout+`
COMP_WORDS=("$INGESTCTL" token ""); COMP_CWORD=2; _ingestctl; echo "${COMPREPLY[@]}"
COMP_WORDS=("$INGESTCTL" objects ls --da); COMP_CWORD=3; _ingestctl; echo "${COMPREPLY[@]}"`)
	command.Env = append(command.Env, "INGESTCTL="+command.Path)
	command.Path, command.Args = bash, []string{"bash"}
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.Equal(t, "set check rotate\n--day\n", string(output))
}
