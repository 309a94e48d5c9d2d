// Package container builds the real images and runs them as ECS does: with a
// read-only root, no capabilities and a user without a name.
package container

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const maxCompressed = 15_000_000

// needContainers skips where `make test` runs, since images need root and tools
// that `make test` does not ask for.
func needContainers(t *testing.T) {
	t.Helper()
	if os.Getenv("INGEST_CONTAINER_TEST") != "required" {
		t.Skip("images are built and run by `make test-containers`, which needs buildah, podman and runc")
	}
	tool(t, "buildah", "buildah")
	tool(t, "podman", "podman")
	tool(t, "runc", "runc")
}

// imageArgs are the build arguments that the last commit gives a service.
func imageArgs(t *testing.T, service string) (args []string, epoch string) {
	t.Helper()
	for line := range strings.Lines(runIn(t, services+"/..", nil, "go", "run", "./stacks/cmd/deliver", "image-args", service)) {
		line = strings.TrimSpace(line)
		if value, found := strings.CutPrefix(line, "SOURCE_DATE_EPOCH="); found {
			epoch = value
			continue
		}
		args = append(args, "--build-arg", line)
	}
	require.NotEmpty(t, epoch)
	return args, epoch
}

func buildah(t *testing.T, name, format string, args ...string) {
	t.Helper()
	// The chroot isolation needs no namespaces, which CI's machines may forbid.
	call := append([]string{
		"build", "--isolation", "chroot", "--no-cache", "--format", format, "--tag", name,
		"--build-arg", "BUILDPLATFORM=linux/" + goEnv(t, "GOHOSTARCH"),
	}, args...)
	run(t, services, "buildah", append(call, ".")...)
}

func TestImages_runThePipeline(t *testing.T) {
	needContainers(t)
	offline := ensureBase(t)
	cache := compileCache(t)
	for _, service := range []string{"api", "worker"} {
		args, _ := imageArgs(t, service)
		buildah(t, "ingest-test-"+service, "docker", append(append(args, offline...), cache...)...)
		holdImage(t, "ingest-test-"+service)
	}

	aws, err := fakeaws.Start(fakeaws.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, aws.Close()) })
	seeded, err := aws.Seed(fakeaws.Seed{})
	require.NoError(t, err)
	common := []string{
		"AWS_ENDPOINT_URL=" + aws.URL, "AWS_REGION=" + fakeaws.Region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"SQS_QUEUE_URL=" + seeded.QueueURL,
	}
	port := proctest.FreePort(t)
	api := start(t, "ingest-test-api", append(common, "PORT="+strconv.Itoa(port), "SSM_TOKEN_PARAM="+fakeaws.LocalParameter))
	worker := start(t, "ingest-test-worker", append(common, "HEALTH_PORT="+strconv.Itoa(proctest.FreePort(t)), "S3_BUCKET="+fakeaws.LocalBucket))
	for _, container := range []string{api, worker} {
		require.Eventually(t, func() bool { return healthy(t, container) }, 30*time.Second, 200*time.Millisecond)
	}

	id := ingest(t, "http://127.0.0.1:"+strconv.Itoa(port)+"/ingest")
	require.Eventually(t, func() bool {
		keys, err := aws.S3.Keys(fakeaws.LocalBucket)
		return err == nil && len(keys) == 1 && strings.HasSuffix(keys[0], "_msgid="+id+".json")
	}, 20*time.Second, 100*time.Millisecond)

	for _, container := range []string{api, worker} {
		run(t, ".", "podman", "--runtime", "runc", "stop", "--time", "30", container)
		assert.Equal(t, "0", strings.TrimSpace(run(t, ".", "podman", "inspect", "--format", "{{.State.ExitCode}}", container)), "SIGTERM ends it well")
	}
}

// holdImage asserts what an image is: small, not run as root, and with a health check.
func holdImage(t *testing.T, image string) {
	t.Helper()
	var config struct {
		OCIv1 struct {
			Config struct {
				User       string
				Entrypoint []string
				Labels     map[string]string
			}
		}
		Docker struct {
			Config struct{ Healthcheck struct{ Test []string } }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(run(t, ".", "buildah", "inspect", "--type", "image", image)), &config))
	assert.Equal(t, "65532:65532", config.OCIv1.Config.User)
	assert.Equal(t, []string{"/ingest"}, config.OCIv1.Config.Entrypoint)
	assert.Equal(t, []string{"CMD", "/ingest", "healthcheck"}, config.Docker.Config.Healthcheck.Test)
	for _, label := range []string{"source", "revision", "version"} {
		assert.NotEmpty(t, config.OCIv1.Config.Labels["org.opencontainers.image."+label], label)
	}
	assert.Less(t, compressed(t, image), int64(maxCompressed))
}

// compressed is the size of an image's layers as a registry holds them.
func compressed(t *testing.T, image string) (total int64) {
	t.Helper()
	dir := t.TempDir()
	run(t, ".", "buildah", "push", "--quiet", image, "oci:"+dir)
	blobs, err := filepath.Glob(filepath.Join(dir, "blobs", "sha256", "*"))
	require.NoError(t, err)
	for _, blob := range blobs {
		info, err := os.Stat(blob)
		require.NoError(t, err)
		total += info.Size()
	}
	t.Logf("%s is %.1f MB compressed", image, float64(total)/1e6)
	return total
}

// start runs an image as the task definition has it, and returns its name.
func start(t *testing.T, image string, env []string) string {
	t.Helper()
	name := image + "-" + strconv.Itoa(os.Getpid())
	// Some kernels do not allow raising the limits that podman asks for by itself.
	args := []string{
		"--runtime", "runc", "run", "--detach", "--name", name, "--network", "host", "--read-only", "--cap-drop", "ALL",
		"--security-opt", "no-new-privileges", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024",
	}
	for _, pair := range env {
		args = append(args, "--env", pair)
	}
	run(t, ".", "podman", append(args, "localhost/"+image)...)
	t.Cleanup(func() {
		if t.Failed() {
			output, _ := exec.Command("podman", "logs", name).CombinedOutput()
			t.Logf("the log of %s:\n%s", name, output)
		}
		_ = exec.Command("podman", "--runtime", "runc", "rm", "--force", name).Run()
	})
	return name
}

func healthy(t *testing.T, container string) bool {
	t.Helper()
	return exec.CommandContext(t.Context(), "podman", "--runtime", "runc", "exec", container, "/ingest", "healthcheck").Run() == nil
}

func ingest(t *testing.T, url string) (messageID string) {
	t.Helper()
	body := `{"data":{"email_subject":"s","email_sender":"x","email_timestream":1,"email_content":"c"},"token":"` + fakeaws.LocalToken + `"}`
	response, err := http.Post(url, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(raw))
	var accepted struct {
		MessageID string `json:"message_id"`
	}
	require.NoError(t, json.Unmarshal(raw, &accepted))
	return accepted.MessageID
}

// TestImages_twoBuilds_haveOneDigest builds once with this machine's compile cache and
// once without any.
func TestImages_twoBuilds_haveOneDigest(t *testing.T) {
	needContainers(t)
	offline := ensureBase(t)
	args, epoch := imageArgs(t, "worker")
	args = append(append(args, offline...), "--timestamp", epoch)
	// The health check is docker's; OCI's format is the one without random fields.
	buildah(t, "ingest-test-once", "oci", append(args, compileCache(t)...)...)
	buildah(t, "ingest-test-again", "oci", args...)
	once, again := digest(t, "ingest-test-once"), digest(t, "ingest-test-again")
	assert.Equal(t, once, again)
	assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, once)
}

func digest(t *testing.T, image string) string {
	t.Helper()
	return strings.TrimSpace(run(t, ".", "buildah", "inspect", "--type", "image", "--format", "{{.FromImageDigest}}", image))
}
