package delivery

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/ingest-iac/ingest/components/bootstrap"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/dataconfig"
	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// outputsOf are the names of a component's outputs, which its stack exports.
func outputsOf(component any) []string {
	var names []string
	kind := reflect.TypeOf(component)
	for i := range kind.NumField() {
		if name := kind.Field(i).Tag.Get("pulumi"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// matches are what the first group of a pattern finds in files, sorted.
func matches(t *testing.T, pattern string, files ...string) []string {
	t.Helper()
	found := map[string]bool{}
	for _, file := range files {
		paths, err := filepath.Glob(filepath.Join(root(t), file))
		require.NoError(t, err)
		require.NotEmpty(t, paths, file)
		for _, path := range paths {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(content), -1) {
				found[match[1]] = true
			}
		}
	}
	require.NotEmpty(t, found, "nothing in %v looks like %s", files, pattern)
	return slices.Sorted(maps.Keys(found))
}

func TestOutputs_thatCommandsRead_exist(t *testing.T) {
	of := map[string][]string{
		"bootstrap":   outputsOf(bootstrap.Bootstrap{}),
		"data-config": outputsOf(dataconfig.DataConfig{}),
		"compute":     outputsOf(compute.Compute{}),
	}
	for _, name := range slices.Concat(
		matches(t, `"[A-Z_]+", "(\w+)"}`, "stacks/cmd/deliver/variables.go"),
		matches(t, `text\(outputs, "(\w+)"\)`, "stacks/cmd/deliver/bootstrap.go", "stacks/cmd/deliver/stackinit.go"),
	) {
		assert.Contains(t, of["bootstrap"], name)
	}
	for _, name := range matches(t, `text\(outputs, "(\w+)"\)`, "stacks/cmd/deliver/variables.go") {
		assert.Contains(t, of["compute"], name)
	}
	for _, layer := range []struct{ folder, name string }{{"computeDir", "compute"}, {"dataConfigDir", "data-config"}} {
		for _, name := range matches(t, `{`+layer.folder+`, "(\w+)"}`, "services/ingestctl/internal/target/pulumi.go") {
			assert.Contains(t, of[layer.name], name)
		}
	}
}

// declaredIn are the configuration keys that a Pulumi.yaml declares.
func declaredIn(t *testing.T, file string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root(t), file))
	require.NoError(t, err)
	var project struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(content, &project))
	return slices.Collect(maps.Keys(project.Config))
}

func TestKeys_ofCommands_areDeclared(t *testing.T) {
	ofCompute, ofBootstrap := declaredIn(t, "Pulumi.yaml"), declaredIn(t, "stacks/bootstrap/Pulumi.yaml")
	for _, name := range matches(t, `ingest-compute:(\w+)=`, "stacks/cmd/deliver/deploy.go") {
		assert.Contains(t, ofCompute, name)
	}
	for _, name := range matches(t, `Config\(.*"(github\w+|protectState)"\)`, "stacks/cmd/deliver/*.go") {
		assert.Contains(t, ofBootstrap, name)
	}
}

func TestVariables_ofWorkflows_areDocumentedAndSet(t *testing.T) {
	used := matches(t, `(?:vars|secrets)\.(\w+)`, ".github/workflows/*.yml")
	readme := matches(t, "(?m)^\\| `([A-Z][A-Z_]+)` \\|.*\\|.*\\|$", "docs/delivery.md")
	var documented []string
	for _, name := range readme {
		if slices.Contains(used, name) {
			documented = append(documented, name)
		}
	}
	assert.Equal(t, used, documented, "the README's table of variables")

	printed := matches(t, `(?:variable\(|\{)"([A-Z_]+)"`, "stacks/cmd/deliver/variables.go")
	for _, name := range used {
		switch name {
		case "ATTEST_PRIVATE", "INGEST_TOKEN": // set manually
		default:
			assert.Contains(t, printed, name)
		}
	}
}

func TestWorkflows_tagsAndBranch_areThoseOfTheStacks(t *testing.T) {
	require.NoError(t, compute.Args{
		Environment: "prod", API: compute.APIArgs{ImageTag: "sha-0123abc"}, Worker: compute.WorkerArgs{ImageTag: "sha-0123abc"},
	}.Validate())

	assert.Equal(t, []string{"main"}, matches(t, `branches: \[(\w+)\]`, ".github/workflows/*.yml"))
	assert.Equal(t, []string{"main"}, matches(t, `(?s)githubBranch:.*?default: (\w+)`, "stacks/bootstrap/Pulumi.yaml"))
}

// What a run's token says of it follows from how its workflow starts; each role
// trusts one of these forms (components/bootstrap holds the trust to them).
func TestRoles_areAssumedWhereTheirTrustAllowsIt(t *testing.T) {
	roles := map[string]string{}
	eachJob(t, func(t *testing.T, name string, job *actionlint.Job) {
		for _, step := range job.Steps {
			action, ok := step.Exec.(*actionlint.ExecAction)
			if !ok {
				continue
			}
			if role := action.Inputs["role-to-assume"]; role != nil {
				roles[name] = role.Value.Value
			}
		}
		// A job in a GitHub environment has that in its subject instead of the branch.
		if job.Environment != nil {
			assert.Equal(t, "cd.yml/deploy", name)
			assert.Equal(t, "${{ vars.CD_ENVIRONMENT }}", job.Environment.Name.Value)
		}
	})
	assert.Equal(t, map[string]string{
		"ci.yml/preview":    "${{ vars.AWS_ROLE_TO_ASSUME_PREVIEW }}",
		"ci.yml/images":     "${{ vars.AWS_ROLE_TO_ASSUME_CI }}",
		"ci.yml/attest":     "${{ vars.AWS_ROLE_TO_ASSUME_CI }}",
		"cd.yml/deploy":     "${{ vars.AWS_ROLE_TO_ASSUME_CD }}",
		"drift.yml/compare": "${{ vars.AWS_ROLE_TO_ASSUME_DRIFT }}",
	}, roles)
}
