package pulumitools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Find returns the folder of an installed pulumi, if its version is one that the
// project at root requires, and otherwise that of [Pinned]. Progress gets a line
// about which one it is.
func Find(ctx context.Context, root string, progress io.Writer) (string, error) {
	folder, version, err := installed(ctx, root)
	if err == nil {
		fmt.Fprintf(progress, "pulumi %s, installed in %s\n", version, folder)
		return folder, nil
	}
	fmt.Fprintf(progress, "pulumi of .ci/pulumi, since %s\n", err)
	return Pinned(ctx, root, progress)
}

// installed returns an installed pulumi that the project can be used with, or why
// there is not one.
func installed(ctx context.Context, root string) (folder, version string, err error) {
	program, err := exec.LookPath("pulumi")
	if err != nil {
		return "", "", errors.New("no pulumi is on the PATH")
	}
	folder = filepath.Dir(program)
	if _, err := exec.LookPath(filepath.Join(folder, "pulumi-language-go")); err != nil {
		return "", "", fmt.Errorf("the one in %s has no pulumi-language-go next to it", folder)
	}
	output, err := exec.CommandContext(ctx, program, "version").Output() //nolint:gosec // found on the PATH
	if err != nil {
		return "", "", fmt.Errorf("%s version failed: %w", program, err)
	}
	version = strings.TrimSpace(string(output))
	parsed, err := semver.ParseTolerant(version)
	if err != nil {
		return "", "", fmt.Errorf("%s reports the version %q: %w", program, version, err)
	}
	project, err := workspace.LoadProject(filepath.Join(root, "Pulumi.yaml"))
	if err != nil {
		return "", "", fmt.Errorf("the required version is not readable: %w", err)
	}
	required, err := semver.ParseRange(project.RequiredPulumiVersion)
	if err != nil {
		return "", "", fmt.Errorf("requiredPulumiVersion is %q: %w", project.RequiredPulumiVersion, err)
	}
	if !required(parsed) {
		return "", "", fmt.Errorf("the installed one is %s; required is %s", version, project.RequiredPulumiVersion)
	}
	return folder, version, nil
}

// FolderBackend returns the address of a backend in a folder. Without metadata=skip
// gocloud.dev keeps a file of attributes next to each checkpoint and writes it in
// place, so compute, which reads its own outputs while the engine saves its state, can
// find it empty and fail with "failed to load checkpoint: EOF". A bucket in S3 has no
// such files.
func FolderBackend(folder string) string {
	return "file://" + filepath.ToSlash(folder) + "?metadata=skip"
}

// Environment returns the environment of a pulumi of a folder: this process's, without
// what would lead pulumi or Go elsewhere. State is the folder of the backend.
func Environment(tools, home, state, passphrase string) []string {
	all := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		// GOWORK may name another workspace.
		return strings.HasPrefix(variable, "PULUMI_") || strings.HasPrefix(variable, "AWS_") || strings.HasPrefix(variable, "GOWORK=")
	})
	return append(all,
		"PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"),
		"PULUMI_HOME="+home,
		"PULUMI_BACKEND_URL="+FolderBackend(state),
		"PULUMI_CONFIG_PASSPHRASE="+passphrase,
		"PULUMI_SKIP_UPDATE_CHECK=true",
		// The host builds a program again for each operation, and Go links it again
		// each time. With this it leaves that to `go run`, which keeps the program
		// in Go's build cache while nothing changes.
		"PULUMI_GO_USE_RUN=true",
	)
}
