package actrun

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const (
	actionProgram = "action"
	// roleVariable is set where a job has assumed a role of AWS.
	roleVariable = "INGEST_ROLE"
)

// step is what is read of a step of a workflow.
type step struct {
	Uses string
	With map[string]any
}

var used = regexp.MustCompile(`^([\w.-]+/[\w.-]+)@([0-9a-f]{40})$`)

// localActions writes a local copy of each action that the workflows use, and returns
// act's flags for them. A copy has the inputs that the workflows give.
func localActions(t *testing.T) []string {
	t.Helper()
	root, err := workspace.Root()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	require.NoError(t, err)
	inputs := map[string]map[string]struct{}{}
	for _, file := range files {
		var workflow struct {
			Jobs map[string]struct{ Steps []step }
		}
		content, err := os.ReadFile(file) //nolint:gosec // a workflow of this repository
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(content, &workflow))
		for _, job := range workflow.Jobs {
			for _, s := range job.Steps {
				if s.Uses == "" {
					continue
				}
				if inputs[s.Uses] == nil {
					inputs[s.Uses] = map[string]struct{}{}
				}
				for name := range s.With {
					inputs[s.Uses][name] = struct{}{}
				}
			}
		}
	}
	folder := t.TempDir()
	var flags []string
	for uses, names := range inputs {
		match := used.FindStringSubmatch(uses)
		require.NotNil(t, match, "%s is not pinned by commit", uses)
		copied := filepath.Join(folder, strings.ReplaceAll(match[1], "/", "-"))
		require.NoError(t, os.Mkdir(copied, 0o700))
		text, err := definition(match[1], names)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(copied, "action.yml"), text, 0o600))
		flags = append(flags, "--local-repository", uses+"="+copied)
	}
	return flags
}

// definition is a composite action with one step, a shim.
func definition(name string, inputs map[string]struct{}) ([]byte, error) {
	type values map[string]any
	declared, given := values{}, values{}
	for input := range inputs {
		declared[input] = values{"required": false}
		given["INPUT_"+strings.ToUpper(input)] = "${{ inputs." + input + " }}"
	}
	return yaml.Marshal(values{
		"name": name, "inputs": declared,
		"outputs": values{"digest": values{"value": "${{ steps.shim.outputs.digest }}"}},
		"runs": values{"using": "composite", "steps": []values{
			{"id": "shim", "shell": "bash", "run": actionProgram + " " + name, "env": given},
		}},
	})
}

// action does what an action has to do here. Others are recorded only.
func (r *Runner) action(call *Call) (Answer, error) {
	if given := r.Programs[call.Program]; given != nil {
		if answer := given(*call); answer.Status != 0 {
			r.record(*call)
			return answer, nil
		}
	}
	var err error
	switch call.Program {
	case "actions/checkout":
		err = r.checkout(*call)
		call.Args = []string{call.Input("ref")}
	case "aws-actions/configure-aws-credentials":
		role := call.Input("role-to-assume")
		for name, value := range map[string]string{
			roleVariable: role, "AWS_REGION": call.Input("aws-region"), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		} {
			if err == nil {
				err = call.set("GITHUB_ENV", name, value)
			}
		}
		call.Args = []string{role}
	case "actions/upload-artifact":
		name := call.Input("name")
		err = os.CopyFS(filepath.Join(r.artifacts, name), os.DirFS(filepath.Join(call.Dir, call.Input("path"))))
		call.Args = []string{name}
	case "actions/download-artifact":
		err = r.download(*call)
		call.Args = []string{call.Input("pattern")}
	case "docker/build-push-action":
		tag := call.Input("tags")
		call.Args = []string{tag}
		if repository, name, found := strings.Cut(tag, ":"); found {
			err = call.set("GITHUB_OUTPUT", "digest", r.AWS.Push(repository, name))
		}
	case "actions/attest-sbom", "actions/attest-build-provenance":
		call.Args = []string{call.Input("subject-name") + "@" + call.Input("subject-digest")}
	}
	r.record(*call)
	return Answer{}, err
}

// checkout clones the repository into the folder of the job.
func (r *Runner) checkout(call Call) error {
	ref := call.Input("ref")
	if ref == "" {
		ref = call.Env("GITHUB_SHA")
	}
	for _, args := range [][]string{{"clone", "-q", r.Repo.Dir, "."}, {"checkout", "-q", "--detach", ref}} {
		command := exec.Command("git", args...) //nolint:gosec,noctx // it ends by itself
		command.Dir, command.Env = call.Dir, os.Environ()
		for name, value := range gitrepo.Environment {
			command.Env = append(command.Env, name+"="+value)
		}
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("git %v: %w: %s", args, err, output)
		}
	}
	return nil
}

// download copies the files of all artifacts that match a pattern into one folder.
func (r *Runner) download(call Call) error {
	found, err := filepath.Glob(filepath.Join(r.artifacts, call.Input("pattern")))
	for _, artifact := range found {
		if err == nil {
			err = os.CopyFS(filepath.Join(call.Dir, call.Input("path")), os.DirFS(artifact))
		}
	}
	return err
}
