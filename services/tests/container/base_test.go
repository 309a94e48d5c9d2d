package container

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// services is the build context.
const services = "../.."

// baseName is the image that the Dockerfile compiles in.
func baseName(t *testing.T) string {
	t.Helper()
	dockerfile, err := os.ReadFile(filepath.Join(services, "Dockerfile"))
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^FROM .*?(\S*golang:\S+) AS build$`).FindSubmatch(dockerfile)
	require.NotNil(t, found, "the Dockerfile has no 'FROM …golang:<version> AS build'")
	return string(found[1])
}

// ensureBase pulls the base image. Where no registry can be reached it makes an
// image of that name from this machine's own Go toolchain and a static busybox,
// and says so; what is compiled is then mounted from this machine's module cache.
func ensureBase(t *testing.T) (offline []string) {
	t.Helper()
	name := baseName(t)
	// Always: an image that an earlier test made has the name of the real one, and
	// without this it would count as pulled.
	if output, err := exec.Command("buildah", "pull", "--policy", "always", name).CombinedOutput(); err != nil {
		t.Logf("%s cannot be pulled (%s): made from this machine's own Go toolchain instead",
			name, lastLine(string(output)))
		makeBase(t, name)
		run(t, services, "go", "mod", "download")
		return []string{
			"--volume", goEnv(t, "GOMODCACHE") + ":/go/pkg/mod", "--env", "GOPROXY=off", "--env", "GOFLAGS=-mod=mod",
		}
	}
	return nil
}

func makeBase(t *testing.T, name string) {
	t.Helper()
	busybox := tool(t, "busybox", "busybox-static")
	container := strings.TrimSpace(run(t, ".", "buildah", "from", "scratch"))
	t.Cleanup(func() { _ = exec.Command("buildah", "rm", container).Run() })
	rootfs := t.TempDir()
	for _, dir := range []string{"bin", "tmp", "root", "usr/local"} {
		require.NoError(t, os.MkdirAll(filepath.Join(rootfs, dir), 0o755))
	}
	run(t, ".", "cp", busybox, filepath.Join(rootfs, "bin", "busybox"))
	for _, applet := range []string{"sh", "test", "echo", "env"} {
		require.NoError(t, os.Symlink("busybox", filepath.Join(rootfs, "bin", applet)))
	}
	run(t, ".", "cp", "-a", goEnv(t, "GOROOT"), filepath.Join(rootfs, "usr/local/go"))
	run(t, ".", "buildah", "add", "--quiet", container, rootfs, "/")
	run(t, ".", "buildah", "config", "--env", "PATH=/usr/local/go/bin:/bin", "--env", "GOTOOLCHAIN=local", "--env", "GOPATH=/go",
		"--env", "GOCACHE="+imageCache, container)
	run(t, ".", "buildah", "commit", "--quiet", container, name)
}

// imageCache is the compile cache of the base image that makeBase makes.
const imageCache = "/go/cache"

// compileCache mounts this machine's compile cache as that of the base image. A
// pulled base image keeps its own cache elsewhere, and compiles without it.
func compileCache(t *testing.T) []string {
	t.Helper()
	return []string{"--volume", goEnv(t, "GOCACHE") + ":" + imageCache}
}

// tool is the path of a program that the test needs.
func tool(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err, "%s is not installed (Debian and Ubuntu: apt-get install %s)", name, debian)
	return path
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(run(t, ".", "go", "env", name))
}

// run runs a program and returns what it printed on stdout.
func run(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	// The images are made of this module alone, and go.work.sum stays as it is.
	return runIn(t, dir, []string{"GOWORK=off"}, program, args...)
}

func runIn(t *testing.T, dir string, env []string, program string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	require.NoError(t, err, "%s %s\n%s%s", program, strings.Join(args, " "), output, stderr.String())
	return string(output)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
