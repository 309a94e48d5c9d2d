package delivery

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// releaseConfig is what the tests read of .goreleaser.yaml.
type releaseConfig struct {
	Builds []struct {
		ID, Dir, Main string
		GOOS          []string `yaml:"goos"`
		GOARCH        []string `yaml:"goarch"`
		LDFlags       []string `yaml:"ldflags"`
	}
	Archives []struct {
		ID    string
		IDs   []string `yaml:"ids"`
		Files []string
	}
	Checksum struct {
		Name string `yaml:"name_template"`
	}
	Release struct {
		ExtraFiles []struct{ Glob string } `yaml:"extra_files"`
	}
}

func releases(t *testing.T) releaseConfig {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root(t), ".goreleaser.yaml"))
	require.NoError(t, err)
	var config releaseConfig
	require.NoError(t, yaml.Unmarshal(content, &config))
	return config
}

func TestRelease_buildsBothProgramsForEveryPlatform(t *testing.T) {
	config := releases(t)
	require.Len(t, config.Builds, 2)
	require.Len(t, config.Archives, 2)
	variables := regexp.MustCompile(`internal/service\.(\w+)=`)
	for i, program := range []string{"ingestctl", "local"} {
		build, archive := config.Builds[i], config.Archives[i]
		assert.Equal(t, program, build.ID)
		assert.FileExists(t, filepath.Join(root(t), build.Dir, build.Main, "main.go"))
		assert.Equal(t, []string{"linux", "darwin", "windows"}, build.GOOS)
		assert.Equal(t, []string{"amd64", "arm64"}, build.GOARCH)
		assert.Equal(t, []string{program}, archive.IDs)
		for _, file := range archive.Files {
			assert.FileExists(t, filepath.Join(root(t), file))
		}
		for _, flag := range build.LDFlags {
			for _, m := range variables.FindAllStringSubmatch(flag, -1) {
				assert.Contains(t, matches(t, `(?m)^\t(\w+) +string$`, "services/internal/service/*.go"), m[1])
			}
		}
	}
}

func TestRelease_attestsAndPublishesItsFiles(t *testing.T) {
	config := releases(t)
	inputs := map[string]string{}
	for _, step := range workflows(t)["release.yml"].Jobs["programs"].Steps {
		if action, ok := step.Exec.(*actionlint.ExecAction); ok {
			for name, input := range action.Inputs {
				inputs[name] = input.Value.Value
			}
		}
	}
	assert.Equal(t, "dist/"+config.Checksum.Name, inputs["subject-checksums"])
	assert.Equal(t, inputs["output-file"], inputs["sbom-path"])
	require.Len(t, config.Release.ExtraFiles, 1)
	assert.Equal(t, inputs["output-file"], config.Release.ExtraFiles[0].Glob)
	// goreleaser refuses a checkout with files that git does not ignore.
	ignored := exec.Command("git", "check-ignore", inputs["output-file"], "dist/"+config.Checksum.Name)
	ignored.Dir = root(t)
	output, err := ignored.CombinedOutput()
	assert.NoError(t, err, "%s", output)
}

func TestRelease_commitNotOnMain_isRefused(t *testing.T) {
	refuse := workflows(t)["release.yml"].Jobs["programs"].Steps[1].Exec.(*actionlint.ExecRun).Run.Value
	repo := gitrepo.New(t)
	clone := t.TempDir()
	onMain := repo.Head(t)
	repo.Git(t, "checkout", "-q", "-b", "topic")
	other := repo.Commit(t, map[string]string{"README.md": "two\n"})
	repo.Git(t, "clone", "-q", repo.Dir, clone)
	for commit, want := range map[string]bool{onMain: true, other: false} {
		(&gitrepo.Repository{Dir: clone}).Git(t, "checkout", "-q", commit)
		command := exec.Command("bash", "-e", "-c", refuse)
		command.Dir = clone
		output, err := command.CombinedOutput()
		assert.Equal(t, want, err == nil, "%s: %s", commit, output)
	}
}
