// Package pulumitools has the pulumi command line and its Go language host: the
// installed ones, or the versions that .ci/pulumi pins, built from source.
package pulumitools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// CacheVariable is the environment variable that names the folder of the built
// tools. The default is ingest/pulumi in the user's cache folder.
const CacheVariable = "INGEST_PULUMI_CACHE"

// tool is a program that is built from a module of .ci/pulumi, which pins its
// version. Flags are those of go build.
type tool struct {
	module, pkg, binary string
	flags               []string
}

var tools = []tool{
	{"cli", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "pulumi", []string{
		// Google's storage, which can hold a state, without the protocols of gRPC's xDS:
		// https://pkg.go.dev/cloud.google.com/go/storage#hdr-gRPC_API
		"-tags=disable_grpc_modules",
		// These took two fifths of the compiler's time, and take half as long without
		// inlining. Only pulumi api has them, which describes Pulumi Cloud's API.
		"-gcflags=github.com/pb33f/libopenapi/...=-l",
		"-gcflags=github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/cloud=-l",
	}},
	{"language-go", "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go", "pulumi-language-go", nil},
}

// Pinned returns a folder with the pinned pulumi and pulumi-language-go. The first
// call builds them, which takes minutes; progress, which may be nil, gets lines about
// it. The folder's name is a hash of their go.mod, go.sum and flags and of Go's version.
// Processes that want them at the same time wait for the first.
func Pinned(ctx context.Context, root string, progress io.Writer) (string, error) {
	cache, err := CacheFolder()
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
	unlock, err := Lock(folder + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if built(folder) {
		return folder, nil
	}
	return folder, build(ctx, root, folder, progress)
}

// CacheFolder returns the folder that built tools are kept in.
func CacheFolder() (string, error) {
	if given := os.Getenv(CacheVariable); given != "" {
		return filepath.Abs(given)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder (%s can name one): %w", CacheVariable, err)
	}
	return filepath.Join(user, "ingest", "pulumi"), nil
}

// toolsName differs for builds that differ.
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
		fmt.Fprintln(sum, t.flags)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// built reports whether a folder is there. It is renamed into place whole.
func built(folder string) bool {
	_, err := os.Stat(folder)
	return !errors.Is(err, fs.ErrNotExist)
}

// build builds the tools next to a folder and renames theirs to it.
func build(ctx context.Context, root, folder string, progress io.Writer) (err error) {
	making, err := os.MkdirTemp(filepath.Dir(folder), "making-")
	if err != nil {
		return fmt.Errorf("making a folder for Pulumi's tools: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(making)) }()
	if progress != nil {
		fmt.Fprintln(progress, "building it from source, once for each version: about 4 minutes on two cores")
	}
	for _, t := range tools {
		// The workspace's file is turned off: the tools' requirements and the
		// product's do not fit each other.
		args := append([]string{"GOWORK=off", "-C", filepath.Join(root, ".ci", "pulumi", t.module)}, t.flags...)
		args = append(args, "-o", filepath.Join(making, t.binary), t.pkg)
		if err := Compile(ctx, ".", progress, args...); err != nil {
			return err
		}
	}
	if err := os.Rename(making, folder); err != nil {
		return fmt.Errorf("keeping Pulumi's tools: %w", err)
	}
	return nil
}
