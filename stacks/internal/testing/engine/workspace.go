package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Copy copies a workspace: what git tracks or would track, or without git all but
// the folders .git and bin.
func Copy(ctx context.Context, from, to string) error {
	files, err := tracked(ctx, from)
	if err != nil {
		if files, err = walked(from); err != nil {
			return fmt.Errorf("listing the workspace: %w", err)
		}
	}
	for _, name := range files {
		if err := copyFile(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return fmt.Errorf("copying the workspace: %w", err)
		}
	}
	return nil
}

// tracked are the files that git knows, or does not ignore.
func tracked(ctx context.Context, root string) ([]string, error) {
	list := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	output, err := list.Output()
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(string(output), func(r rune) bool { return r == 0 }), nil
}

// walked are all files but those of git and of builds.
func walked(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "bin"):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		relative, err := filepath.Rel(root, name)
		files = append(files, relative)
		return err
	})
	return files, err
}

// copyFile copies a file with its mode. One that git tracks and that is not there
// is left out; a link becomes a copy of what it names.
func copyFile(from, to string) error {
	info, err := os.Stat(from)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		// A repository within this one.
		return nil
	}
	content, err := os.ReadFile(from) //nolint:gosec // a file of the workspace
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode().Perm()) //nolint:gosec // into its copy
}
