package delivery

import (
	"bytes"
	"encoding/csv"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// workflows parses every workflow, by file name.
func workflows(t *testing.T) map[string]*actionlint.Workflow {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root(t), ".github", "workflows", "*.y*ml"))
	require.NoError(t, err)
	parsed := map[string]*actionlint.Workflow{}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		workflow, errs := actionlint.Parse(source)
		require.Empty(t, errs, path)
		parsed[filepath.Base(path)] = workflow
	}
	require.ElementsMatch(t, []string{"ci.yml", "cd.yml", "drift.yml", "release.yml"}, slices.Collect(maps.Keys(parsed)))
	return parsed
}

// eachJob calls f for every job, named <file>/<job>.
func eachJob(t *testing.T, f func(t *testing.T, name string, job *actionlint.Job)) {
	t.Helper()
	for file, workflow := range workflows(t) {
		for id, job := range workflow.Jobs {
			f(t, file+"/"+id, job)
		}
	}
}

func TestWorkflows_passActionlint(t *testing.T) {
	// Without shellcheck the blocks of shell go unread; CI has it.
	shellcheck := "shellcheck"
	if _, err := exec.LookPath(shellcheck); err != nil && os.Getenv("CI") == "" {
		t.Log("shellcheck is not installed: the shell in the workflows is not checked")
		shellcheck = ""
	}
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{Shellcheck: shellcheck})
	require.NoError(t, err)
	errs, err := linter.LintRepository(root(t))
	require.NoError(t, err)
	for _, found := range errs {
		t.Error(found)
	}
}

func TestScripts_passShellcheck(t *testing.T) {
	needTool(t, "shellcheck")
	paths, err := filepath.Glob(filepath.Join(root(t), "scripts", "*.*sh"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	cmd := exec.Command("shellcheck", append([]string{"-x", "-P", "SCRIPTDIR/.."}, paths...)...)
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
}

// testdata/actions.tsv lists the releases whose commits were looked up; an action
// that is not in it has no business here.
func TestActions_arePinnedToTheCommitOfARelease(t *testing.T) {
	file, err := os.Open(filepath.Join("testdata", "actions.tsv"))
	require.NoError(t, err)
	defer func() { assert.NoError(t, file.Close()) }()
	reader := csv.NewReader(file)
	reader.Comma = '\t'
	rows, err := reader.ReadAll()
	require.NoError(t, err)
	known := map[string]bool{}
	for _, row := range rows[1:] {
		known[row[0]+"@"+row[2]+" # "+row[1]] = true
	}

	uses := regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*(.*)$`)
	found := 0
	require.NoError(t, filepath.WalkDir(filepath.Join(root(t), ".github"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range uses.FindAllSubmatch(source, -1) {
			found++
			assert.True(t, known[string(m[1])], "%s uses %s, which is not a release of testdata/actions.tsv in the form action@commit # tag", filepath.Base(path), m[1])
		}
		return nil
	}))
	assert.Greater(t, found, 20)
}

// Every grant, written out: a new one must be added here, too.
func TestJobs_permissions(t *testing.T) {
	read := map[string]string{"contents": "read"}
	with := func(scopes ...string) map[string]string {
		all := maps.Clone(read)
		for _, scope := range scopes {
			all[scope] = "write"
		}
		return all
	}
	deploy := with("id-token")
	deploy["attestations"] = "read"
	programs := with("id-token", "attestations")
	programs["contents"] = "write"
	want := map[string]map[string]string{
		"ci.yml/plan":               read,
		"ci.yml/test":               read,
		"ci.yml/lint":               read,
		"ci.yml/containers":         read,
		"ci.yml/snapshot":           read,
		"ci.yml/preview":            with("id-token"),
		"ci.yml/comment":            with("pull-requests"),
		"ci.yml/images":             with("id-token"),
		"ci.yml/attest":             with("id-token", "attestations"),
		"cd.yml/deploy":             deploy,
		"cd.yml/left-out":           {},
		"drift.yml/compare":         with("id-token"),
		"drift.yml/report":          with("issues"),
		"drift.yml/vulnerabilities": read,
		"release.yml/programs":      programs,
		"release.yml/container":     with("packages", "id-token", "attestations"),
	}
	got := map[string]map[string]string{}
	eachJob(t, func(t *testing.T, name string, job *actionlint.Job) {
		require.NotNil(t, job.Permissions, name)
		assert.Nil(t, job.Permissions.All, name)
		got[name] = map[string]string{}
		for scope, permission := range job.Permissions.Scopes {
			got[name][scope] = permission.Value.Value
		}
	})
	assert.Equal(t, want, got)

	for file, workflow := range workflows(t) {
		require.NotNil(t, workflow.Permissions, file)
		assert.Nil(t, workflow.Permissions.All, file)
		assert.Empty(t, workflow.Permissions.Scopes, "%s: permissions: {}", file)
	}
}

func TestJobs_haveTimeoutAndOneImage(t *testing.T) {
	eachJob(t, func(t *testing.T, name string, job *actionlint.Job) {
		if assert.NotNil(t, job.TimeoutMinutes, "%s has no timeout", name) {
			assert.LessOrEqual(t, job.TimeoutMinutes.Value, 60.0, name)
		}
		require.Len(t, job.RunsOn.Labels, 1, name)
		assert.Equal(t, "ubuntu-24.04", job.RunsOn.Labels[0].Value, name)
	})
}

// An expression inside a script is pasted into it before the shell reads it: a
// branch called $(…) would run. Values arrive by the environment instead.
func TestScripts_containNoExpressions(t *testing.T) {
	eachJob(t, func(t *testing.T, name string, job *actionlint.Job) {
		for _, step := range job.Steps {
			if run, ok := step.Exec.(*actionlint.ExecRun); ok {
				assert.NotContains(t, run.Run.Value, "${{", name)
			}
		}
	})
}

func TestCheckouts_keepNoCredentials(t *testing.T) {
	eachJob(t, func(t *testing.T, name string, job *actionlint.Job) {
		for _, step := range job.Steps {
			action, ok := step.Exec.(*actionlint.ExecAction)
			if !ok || !strings.HasPrefix(action.Uses.Value, "actions/checkout@") {
				continue
			}
			if assert.Contains(t, action.Inputs, "persist-credentials", name) {
				assert.Equal(t, "false", action.Inputs["persist-credentials"].Value.Value, name)
			}
		}
	})
}

// The only secret reaches one step.
func TestToken_reachesOnlyTheVerification(t *testing.T) {
	secrets := regexp.MustCompile(`secrets\.\w+`)
	for file := range workflows(t) {
		source := readIfThere(t, filepath.Join(root(t), ".github", "workflows", file))
		found := secrets.FindAllString(source, -1)
		if file != "cd.yml" {
			assert.Empty(t, found, file)
			continue
		}
		assert.Equal(t, []string{"secrets.INGEST_TOKEN"}, found)
	}
	for _, step := range workflows(t)["cd.yml"].Jobs["deploy"].Steps {
		if step.Env == nil || step.Env.Vars["ingest_token"] == nil {
			continue
		}
		assert.Equal(t, `bin/ingestctl verify --stack "$ENV" --api-only`, step.Exec.(*actionlint.ExecRun).Run.Value)
	}
}

func TestWorkflows_scriptsAndTargetsExist(t *testing.T) {
	targets := makeTargets(t)
	script := regexp.MustCompile(`scripts/[a-z-]+\.sh`)
	target := regexp.MustCompile("(?m)^make ([a-z -]+)$")
	called := map[string]bool{}
	eachJob(t, func(t *testing.T, name string, job *actionlint.Job) {
		for _, step := range job.Steps {
			run, ok := step.Exec.(*actionlint.ExecRun)
			if !ok {
				continue
			}
			for _, path := range script.FindAllString(run.Run.Value, -1) {
				called[path] = true
				info, err := os.Stat(filepath.Join(root(t), path))
				if assert.NoError(t, err, name) {
					assert.NotZero(t, info.Mode()&0o100, "%s cannot be executed", path)
				}
			}
			for _, m := range target.FindAllStringSubmatch(run.Run.Value, -1) {
				for _, wanted := range strings.Fields(m[1]) {
					assert.Contains(t, targets, wanted, "%s calls make %s", name, wanted)
				}
			}
		}
	})
	assert.NotEmpty(t, called)
	// What the scripts call in turn.
	for _, wanted := range []string{"up", "preview", "outputs", "bootstrap", "github-variables"} {
		assert.Contains(t, targets, wanted)
	}
}

// The tests of deliver parse its calls.
func TestWorkflows_ingestctlCommandsExist(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ingestctl")
	require.NoError(t, engine.Compile(t.Context(), "../../services/ingestctl", path))
	called := commandLines(t, `bin/ingestctl ([a-z].*)`)
	assert.GreaterOrEqual(t, len(called), 3)
	for line := range called {
		command := commandWords.FindString(line)
		// --help comes first: after it nothing more is checked.
		output, err := exec.Command(path, append(strings.Fields(command), "--help")...).CombinedOutput()
		require.NoError(t, err, "ingestctl %s: %s", command, output)
		assert.Contains(t, string(output), "Usage: ingestctl "+strings.Fields(command)[0], command)
		for _, flag := range longFlag.FindAllString(line, -1) {
			assert.Contains(t, string(output), flag, "ingestctl %s", line)
		}
	}
}

var (
	commandWords = regexp.MustCompile(`^[a-z]+(-[a-z]+)*( [a-z]+)*`)
	longFlag     = regexp.MustCompile(`--[a-z-]+`)
)

// commandLines returns what the first group of a pattern finds in the steps of all jobs.
func commandLines(t *testing.T, pattern string) map[string]bool {
	t.Helper()
	call := regexp.MustCompile(pattern)
	found := map[string]bool{}
	eachJob(t, func(_ *testing.T, _ string, job *actionlint.Job) {
		for _, step := range job.Steps {
			if run, ok := step.Exec.(*actionlint.ExecRun); ok {
				for _, m := range call.FindAllStringSubmatch(run.Run.Value, -1) {
					found[m[1]] = true
				}
			}
		}
	})
	return found
}

// makeTargets returns the targets of the Makefile and what it includes.
func makeTargets(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root(t), "make", "*.mk"))
	require.NoError(t, err)
	var targets []string
	rule := regexp.MustCompile(`(?m)^([a-z][a-z -]*):`)
	for _, path := range append(paths, filepath.Join(root(t), "Makefile")) {
		for _, m := range rule.FindAllStringSubmatch(readIfThere(t, path), -1) {
			targets = append(targets, strings.Fields(m[1])...)
		}
	}
	return targets
}

func TestDependabot_coversEachModule(t *testing.T) {
	config := readIfThere(t, filepath.Join(root(t), ".github", "dependabot.yml"))
	cmd := exec.Command("git", "ls-files", "go.mod", "*/go.mod")
	cmd.Dir = root(t)
	output, err := cmd.Output()
	require.NoError(t, err)
	for path := range strings.Lines(string(bytes.TrimSpace(output))) {
		dir := "/" + filepath.Dir(strings.TrimSpace(path))
		if strings.HasPrefix(dir, "/.ci/pulumi/") {
			dir = "/.ci/pulumi/*"
		}
		assert.Contains(t, config, "- "+dir+"\n")
	}
}

// CI tests with the compiler that the images are built with.
func TestGoVersion_ofWorkspaceAndImages_isEqual(t *testing.T) {
	assert.Equal(t, matches(t, `(?m)^toolchain go(\S+)$`, "go.work"), matches(t, `(?m)^FROM .*golang:([\d.]+)`, "services/Dockerfile"))
	eachJob(t, func(t *testing.T, name string, job *actionlint.Job) {
		for _, step := range job.Steps {
			if action, ok := step.Exec.(*actionlint.ExecAction); ok && strings.HasPrefix(action.Uses.Value, "actions/setup-go@") {
				require.Contains(t, action.Inputs, "go-version-file", name)
				assert.Equal(t, "go.work", action.Inputs["go-version-file"].Value.Value, name)
			}
		}
	})
}
