package delivery

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	apiRepository    = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/ingest-prod-api"
	workerRepository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/ingest-prod-worker"
)

// buildArgs returns what image-args.sh says of a service.
func buildArgs(t *testing.T, dir, service string) map[string]string {
	t.Helper()
	r := script{Dir: dir}.run(t, "image-args.sh", service)
	require.Zero(t, r.Status, r.Output)
	args := map[string]string{}
	for line := range strings.Lines(r.Output) {
		key, value, found := strings.Cut(strings.TrimSpace(line), "=")
		require.True(t, found, line)
		args[key] = value
	}
	return args
}

func TestImageArgumentsComeFromTheLastCommitThatTouchedTheImage(t *testing.T) {
	repo := newRepository(t)
	first := repo.head(t)

	api := buildArgs(t, repo.dir, "api")
	assert.Equal(t, map[string]string{
		"SERVICE":  "api",
		"REVISION": first,
		// 03:00 in the committer's zone, two hours east of Greenwich.
		"VERSION":           "v0.0.0-20260102010100-" + first[:12],
		"SOURCE_DATE_EPOCH": "1767315660",
	}, api)

	unrelated := []map[string]string{
		{"services/worker/main.go": "package main\n\nfunc main() { println() }\n"},
		{"services/ingestctl/main.go": "package main\n\nfunc main() { println() }\n"},
		{"services/api/main_test.go": "package main\n\n// more\n"},
		{"services/internal/docs/testdata/case.json": "{}\n"},
		{"services/internal/docs/README.md": "words\n"},
		{"README.md": "two\n"},
	}
	for _, files := range unrelated {
		repo.commit(t, files)
		assert.Equal(t, api, buildArgs(t, repo.dir, "api"), "after a commit of %v", files)
	}

	related := []map[string]string{
		{"services/api/main.go": "package main\n\nimport _ \"github.com/ingest-iac/ingest/services/internal/docs\"\n\nfunc main() { println() }\n"},
		{"services/api/more.go": "package main\n"},
		{"services/api/more.go": "-"},
		{"services/internal/docs/docs.go": "package docs\n\nimport _ \"embed\"\n\n//go:embed page/index.html\nvar text string\n"},
		{"services/internal/docs/page/index.html": "two\n"},
		{"services/go.mod": "module github.com/ingest-iac/ingest/services\n\ngo 1.26.1\n"},
		{"services/Dockerfile": "FROM --platform=$BUILDPLATFORM golang:1.26.1-bookworm AS build\n"},
		{"services/.dockerignore": "tests\nbin\n"},
	}
	for _, files := range related {
		commit := repo.commit(t, files)
		assert.Equal(t, commit, buildArgs(t, repo.dir, "api")["REVISION"], "after a commit of %v", files)
	}
}

func TestImageInputsIncludeWhatOneArchitectureAloneLinks(t *testing.T) {
	repo := newRepository(t)
	commit := repo.commit(t, map[string]string{"services/internal/only/only.go": "package only\n\nvar X = 1\n"})

	assert.Equal(t, commit, buildArgs(t, repo.dir, "worker")["REVISION"])
	assert.NotEqual(t, commit, buildArgs(t, repo.dir, "api")["REVISION"])
}

func TestImageArgumentsSayThatTheCheckoutIsDirty(t *testing.T) {
	repo := newRepository(t)
	clean := buildArgs(t, repo.dir, "api")
	writeFile(t, repo.dir, "services/api/extra.go", "package main\n")

	dirty := buildArgs(t, repo.dir, "api")
	assert.Equal(t, clean["REVISION"]+"-dirty", dirty["REVISION"])
	assert.Equal(t, clean["VERSION"]+"+dirty", dirty["VERSION"])
	assert.Equal(t, clean, func() map[string]string {
		args := buildArgs(t, repo.dir, "worker")
		args["SERVICE"] = "api"
		return args
	}(), "the other service is as committed")
}

func TestImageArgumentsRefuseWhatTheyCannotTell(t *testing.T) {
	repo := newRepository(t)
	shallow := t.TempDir()
	repo.commit(t, map[string]string{"README.md": "two\n"})
	repo.git(t, "clone", "-q", "--depth", "1", "file://"+repo.dir, shallow)

	for name, c := range map[string]struct {
		dir, service, says string
		status             int
	}{
		"no such service": {repo.dir, "gateway", "'gateway' is no service", 2},
		"shallow clone":   {shallow, "api", "fetch-depth: 0", 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := script{Dir: c.dir}.run(t, "image-args.sh", c.service)
			assert.Equal(t, c.status, r.Status, r.Output)
			assert.Contains(t, r.Output, c.says)
		})
	}
}

// ecrHolds lays down what the two repositories hold.
func ecrHolds(api, worker []string) []reply {
	images := func(tags []string) string {
		// Untagged images have no imageTags at all.
		details := []map[string]any{{"imageDigest": "sha256:00"}}
		if len(tags) > 0 {
			details = append(details, map[string]any{"imageDigest": "sha256:01", "imageTags": tags})
		}
		encoded, err := json.Marshal(map[string]any{"imageDetails": details})
		if err != nil {
			panic(err)
		}
		return string(encoded)
	}
	return []reply{
		{Call: `^aws ecr describe-images --repository-name ingest-prod-api `, Stdout: images(api)},
		{Call: `^aws ecr describe-images --repository-name ingest-prod-worker `, Stdout: images(worker)},
	}
}

var ecrVariables = map[string]string{"ECR_REPO_API": apiRepository, "ECR_REPO_WORKER": workerRepository, "ENV": "prod"}

func plan(t *testing.T, repo *repository, replies []reply) result {
	t.Helper()
	return script{Dir: repo.dir, Env: ecrVariables, Replies: replies}.run(t, "images-plan.sh")
}

func TestImagesAreBuiltOnceForEveryChangeOfTheServices(t *testing.T) {
	repo := newRepository(t)
	first := repo.head(t)

	r := plan(t, repo, ecrHolds(nil, nil))
	require.Zero(t, r.Status, r.Output)
	assert.Equal(t, map[string]string{"build": "true", "tag": tag(first), "push_api": "true", "push_worker": "true"}, r.Outputs)

	both := []string{tag(first)}
	r = plan(t, repo, ecrHolds(both, both))
	assert.Equal(t, map[string]string{"build": "false", "tag": tag(first), "push_api": "false", "push_worker": "false"}, r.Outputs)
	assert.Contains(t, r.Summary, "already hold `"+tag(first)+"`")

	// A run that failed between the two pushes left one tag behind; tags are
	// immutable, so only the other one may be pushed.
	r = plan(t, repo, ecrHolds(both, []string{"ws-0123"}))
	assert.Equal(t, map[string]string{"build": "true", "tag": tag(first), "push_api": "false", "push_worker": "true"}, r.Outputs)

	elsewhere := repo.commit(t, map[string]string{"README.md": "two\n"})
	r = plan(t, repo, ecrHolds(both, both))
	assert.Equal(t, map[string]string{"build": "false", "tag": tag(elsewhere), "push_api": "false", "push_worker": "false"}, r.Outputs)
	assert.Contains(t, r.Summary, "have not changed since `"+tag(first)+"`")

	changed := repo.commit(t, map[string]string{"services/worker/main.go": "package main\n\nfunc main() {}\n"})
	r = plan(t, repo, ecrHolds(both, both))
	assert.Equal(t, "true", r.Outputs["build"])
	assert.Equal(t, tag(changed), r.Outputs["tag"])
}

func TestImagesThatASupersededRunDidNotBuildAreBuiltByTheNext(t *testing.T) {
	repo := newRepository(t)
	first := repo.head(t)
	repo.commit(t, map[string]string{"services/worker/main.go": "package main\n\nfunc main() {}\n"})
	// The run of the commit above never came to an end.
	third := repo.commit(t, map[string]string{"README.md": "two\n"})

	old := []string{tag(first)}
	r := plan(t, repo, ecrHolds(old, old))
	assert.Equal(t, "true", r.Outputs["build"])
	assert.Equal(t, tag(third), r.Outputs["tag"])

	repo.commit(t, map[string]string{"README.md": "three\n"})
	built := []string{tag(first), tag(third)}
	r = plan(t, repo, ecrHolds(built, built))
	assert.Equal(t, "false", r.Outputs["build"], "the images of %s are what the services still are", tag(third))
}

func TestARepositoryThatDoesNotExistIsAnsweredWithTheStepThatMakesIt(t *testing.T) {
	repo := newRepository(t)
	r := plan(t, repo, []reply{{
		Call:   `^aws ecr describe-images`,
		Stderr: "An error occurred (RepositoryNotFoundException) when calling the DescribeImages operation: The repository with name 'ingest-prod-api' does not exist\n",
		Exit:   254,
	}})
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "ingest-prod-api does not exist yet")
	assert.Contains(t, r.Output, "buildImages true")
	assert.Contains(t, r.Output, "make up STACK=compute ENV=prod")
	assert.NotContains(t, r.Outputs, "build")

	r = plan(t, repo, []reply{{Call: `^aws ecr`, Stderr: "An error occurred (AccessDeniedException)\n", Exit: 254}})
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "listing the images of ingest-prod-api: An error occurred (AccessDeniedException)")
}

func TestRepositoriesAreGivenByTheirURL(t *testing.T) {
	repo := newRepository(t)
	for _, value := range []string{"ingest-prod-api", "ghcr.io/someone/api", apiRepository + ":latest"} {
		r := script{Dir: repo.dir, Env: map[string]string{"ECR_REPO_API": value, "ECR_REPO_WORKER": workerRepository}}.run(t, "images-plan.sh")
		assert.Equal(t, 2, r.Status, r.Output)
		assert.Contains(t, r.Output, fmt.Sprintf("'%s' is no ECR repository URL", value))
	}
	r := script{Dir: repo.dir}.run(t, "images-plan.sh")
	assert.Equal(t, 2, r.Status)
	assert.Regexp(t, `not set: ECR_REPO_API ECR_REPO_WORKER\n`, r.Output)
}
