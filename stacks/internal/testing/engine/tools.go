package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// CacheVariable names the variable of the environment that moves the folder that
// the tools are kept in from its usual place, ingest/pulumi in the user's cache.
const CacheVariable = "INGEST_PULUMI_CACHE"

// tool is a program that is built from a module of .ci/pulumi, which pins its
// version.
type tool struct{ module, pkg, binary string }

var tools = []tool{
	{"cli", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "pulumi"},
	{"language-go", "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go", "pulumi-language-go"},
}

// Tools is a folder with the pinned pulumi and pulumi-language-go. They are built
// where they are not yet, which takes minutes: the folder is named by a hash of
// their go.mod, go.sum and the version of Go, so it is done once for each.
// Processes that want them at the same time wait for the first.
func Tools(ctx context.Context, root string) (string, error) {
	cache, err := cacheFolder()
	if err != nil {
		return "", err
	}
	name, err := toolsName(root)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, name)
	if built(folder) {
		return folder, nil
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", fmt.Errorf("making the tools' cache: %w", err)
	}
	unlock, err := lock(folder+".lock", wait)
	if err != nil {
		return "", err
	}
	defer unlock()
	if built(folder) {
		return folder, nil
	}
	return folder, build(ctx, root, folder)
}

func cacheFolder() (string, error) {
	if given := os.Getenv(CacheVariable); given != "" {
		return filepath.Abs(given)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("looking for a place to keep Pulumi's tools (%s names one): %w", CacheVariable, err)
	}
	return filepath.Join(user, "ingest", "pulumi"), nil
}

// toolsName tells builds apart.
func toolsName(root string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, t := range tools {
		for _, file := range []string{"go.mod", "go.sum"} {
			content, err := os.ReadFile(filepath.Join(root, ".ci", "pulumi", t.module, file)) //nolint:gosec // one of four
			if err != nil {
				return "", fmt.Errorf("reading which Pulumi is pinned: %w", err)
			}
			fmt.Fprintf(sum, "%s %d\n%s", t.module, len(content), content)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// built reports whether a folder exists. It is renamed into place whole.
func built(folder string) bool {
	_, err := os.Stat(folder)
	return !errors.Is(err, fs.ErrNotExist)
}

// build builds the tools next to a folder and moves them into it.
func build(ctx context.Context, root, folder string) (err error) {
	making, err := os.MkdirTemp(filepath.Dir(folder), "making-")
	if err != nil {
		return fmt.Errorf("making a folder for Pulumi's tools: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(making)) }()
	for _, t := range tools {
		// The workspace's file is turned off: the tools' requirements and the
		// product's do not fit each other.
		command := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(making, t.binary), t.pkg) //nolint:gosec // one of two
		command.Dir = filepath.Join(root, ".ci", "pulumi", t.module)
		command.Env = append(os.Environ(), "GOWORK=off")
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s in %s: %w\n%s", t.binary, command.Dir, err, output)
		}
	}
	if err := os.Rename(making, folder); err != nil {
		return fmt.Errorf("keeping Pulumi's tools: %w", err)
	}
	return nil
}
