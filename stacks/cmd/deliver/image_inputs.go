package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// linked is a package that `go list` names.
type linked struct {
	ImportPath string
	EmbedFiles []string
	Module     *struct {
		Path string
		Main bool
	}
}

// imageInputs returns the git pathspecs of what goes into the images of services:
// the packages that each program links, the module files, the Dockerfile and what
// that leaves out. They name directories instead of files, so that a deleted file
// counts as a change.
func imageInputs(ctx context.Context, root string, services ...string) ([]string, error) {
	var folders []string
	for _, service := range services {
		if info, err := os.Stat(filepath.Join(root, "services", service)); err != nil || !info.IsDir() {
			return nil, usagef("services/%s does not exist: '%s' is not a service", service, service)
		}
		// Both architectures, since a file can be for one of them alone.
		for _, arch := range []string{"amd64", "arm64"} {
			found, err := linkedFolders(ctx, root, service, arch)
			if err != nil {
				return nil, err
			}
			folders = append(folders, found...)
		}
	}
	slices.Sort(folders)
	var paths []string
	for _, folder := range slices.Compact(folders) {
		paths = append(paths, ":(glob)"+folder+"/*")
	}
	return append(paths,
		"services/go.mod", "services/go.sum", "services/Dockerfile", "services/.dockerignore",
		// .dockerignore keeps these out of every image.
		":(exclude,glob)services/**/*_test.go", ":(exclude,glob)services/**/testdata/**", ":(exclude,glob)services/**/*.md"), nil
}

func linkedFolders(ctx context.Context, root, service, arch string) ([]string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=ImportPath,EmbedFiles,Module", "./"+service) //nolint:gosec // a folder of this workspace
	list.Dir = filepath.Join(root, "services")
	list.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("listing what %s links: %w", service, withStderr(err))
	}
	var folders []string
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p linked
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return folders, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading what %s links: %w", service, err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		folder := "services" + strings.TrimPrefix(p.ImportPath, p.Module.Path)
		folders = append(folders, folder)
		for _, file := range p.EmbedFiles {
			folders = append(folders, path.Dir(folder+"/"+file))
		}
	}
}
