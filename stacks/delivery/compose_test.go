package delivery

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// composition is compose.yaml; a key that is not here is an error.
// https://github.com/compose-spec/compose-spec/blob/main/spec.md
type composition struct {
	Name        string
	Services    map[string]composed
	Volumes     map[string]any
	Container   any `yaml:"x-container"`
	Healthcheck any `yaml:"x-healthcheck"`
	Settings    any `yaml:"x-settings"`
}

type composed struct {
	Image string
	Build struct {
		Context string
		Args    map[string]string
	}
	Command     []string
	User        string
	Environment map[string]string
	Ports       []string
	Volumes     []string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck struct {
		Test     []string
		Interval string
		Timeout  string
		Retries  int
	}
	ReadOnly        bool     `yaml:"read_only"`
	CapDrop         []string `yaml:"cap_drop"`
	SecurityOpt     []string `yaml:"security_opt"`
	StopGracePeriod string   `yaml:"stop_grace_period"`
}

func compose(t *testing.T) composition {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root(t), "compose.yaml"))
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	var read composition
	require.NoError(t, decoder.Decode(&read))
	require.ElementsMatch(t, []string{"aws", "api", "worker"}, slices.Collect(maps.Keys(read.Services)))
	return read
}

// source is a file of the repository.
func source(t *testing.T, path string) string {
	t.Helper()
	content := readIfThere(t, filepath.Join(root(t), filepath.FromSlash(path)))
	require.NotEmpty(t, content, path)
	return content
}

func TestCompose_buildsTheImagesOfTheDockerfile(t *testing.T) {
	dockerfile := source(t, "services/Dockerfile")
	check := regexp.MustCompile(`(?m)^HEALTHCHECK .* CMD (\[.*\])$`).FindStringSubmatch(dockerfile)
	require.NotNil(t, check)
	for name, service := range compose(t).Services {
		program := map[string]string{"aws": "local", "api": "api", "worker": "worker"}[name]
		assert.Equal(t, "services", service.Build.Context, name)
		assert.Equal(t, map[string]string{"SERVICE": program}, service.Build.Args, name)
		assert.DirExists(t, filepath.Join(root(t), "services", program))
		assert.Equal(t, "ingest-"+program+":compose", service.Image, "two services under one name would be one image")
		var test []string
		require.NoError(t, yaml.Unmarshal([]byte(check[1]), &test))
		assert.Equal(t, append([]string{"CMD"}, test...), service.Healthcheck.Test, name)
	}
	assert.Contains(t, dockerfile, "\nARG SERVICE\n")
}

// As ECS runs them: see components/compute/containers.go.
func TestCompose_containersHaveNoPrivileges(t *testing.T) {
	read := compose(t)
	for name, service := range read.Services {
		assert.True(t, service.ReadOnly, name)
		assert.Equal(t, []string{"ALL"}, service.CapDrop, name)
		assert.Equal(t, []string{"no-new-privileges:true"}, service.SecurityOpt, name)
		for _, port := range service.Ports {
			assert.Regexp(t, `^127\.0\.0\.1:`, port, "%s: a token that everybody knows is for this machine alone", name)
		}
	}
	for _, name := range []string{"api", "worker"} {
		service := read.Services[name]
		assert.Empty(t, service.User, "%s: the image's own", name)
		assert.Empty(t, service.Volumes, "%s has nothing to write", name)
		assert.Equal(t, "service_healthy", service.DependsOn["aws"].Condition, name)
		assert.Contains(t, source(t, "components/compute/containers.go"), "const stopTimeout = "+strings.TrimSuffix(service.StopGracePeriod, "s")+"\n")
	}
	assert.Empty(t, read.Services["worker"].Ports, "the worker accepts no connections")
}

// settingsIn are the variables that files declare, and those of them that have
// no default.
func settingsIn(t *testing.T, files ...string) (all, required []string) {
	t.Helper()
	for _, file := range files {
		declared := regexp.MustCompile(`env:"(\w+)(,required)?"`).FindAllStringSubmatch(source(t, file), -1)
		require.NotEmpty(t, declared, file)
		for _, found := range declared {
			all = append(all, found[1])
			if found[2] != "" {
				required = append(required, found[1])
			}
		}
	}
	return all, required
}

func TestCompose_setsWhatTheProgramsRead(t *testing.T) {
	read := compose(t)
	const shared = "services/internal/service/settings.go"
	for name, files := range map[string][]string{
		"aws":    {"services/local/settings.go"},
		"api":    {shared, "services/api/app/settings.go"},
		"worker": {shared, "services/worker/app/settings.go"},
	} {
		known, required := settingsIn(t, files...)
		set := slices.Sorted(maps.Keys(read.Services[name].Environment))
		// The SDK reads these two itself.
		known = append(known, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
		assert.Subset(t, known, set, name)
		assert.Subset(t, set, required, name)
	}
}

func TestCompose_namesWhatTheFakeAWSHas(t *testing.T) {
	read := compose(t)
	seed := source(t, "services/internal/fakeaws/seed.go")
	local := func(constant string) string {
		found := regexp.MustCompile(constant + ` += "(.*?)"`).FindStringSubmatch(seed)
		require.NotNil(t, found, constant)
		return found[1]
	}
	aws, api, worker := read.Services["aws"], read.Services["api"].Environment, read.Services["worker"].Environment
	port := regexp.MustCompile(`env:"AWS_PORT" envDefault:"(\d+)"`).FindStringSubmatch(source(t, "services/local/settings.go"))
	require.NotNil(t, port)
	endpoint := "http://aws:" + port[1]
	for _, environment := range []map[string]string{api, worker} {
		assert.Equal(t, endpoint, environment["AWS_ENDPOINT_URL"])
		assert.Equal(t, endpoint+"/000000000000/"+local("LocalQueue"), environment["SQS_QUEUE_URL"])
	}
	assert.Equal(t, local("LocalParameter"), api["SSM_TOKEN_PARAM"])
	assert.Equal(t, local("LocalBucket"), worker["S3_BUCKET"])
	assert.Equal(t, "${BOOTSTRAP_TOKEN:-"+local("LocalToken")+"}", aws.Environment["BOOTSTRAP_TOKEN"])
	assert.Equal(t, []string{"--only-aws"}, aws.Command)
	assert.Equal(t, []string{"127.0.0.1:${AWS_PORT:-" + port[1] + "}:" + port[1]}, aws.Ports)
	assert.Equal(t, []string{"127.0.0.1:${API_PORT:-8000}:8000"}, read.Services["api"].Ports)
	assert.Contains(t, source(t, "services/api/app/settings.go"), `env:"PORT" envDefault:"8000"`)
	assert.Equal(t, []string{"objects:" + aws.Environment["DATA_DIR"]}, aws.Volumes)
	assert.Contains(t, read.Volumes, "objects")
}
