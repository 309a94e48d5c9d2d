// Package workspace finds the workspace that a program runs in.
package workspace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Root returns the folder of the workspace that the working directory is in: the
// one with go.work.
func Root() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the workspace: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.work")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("finding the workspace: neither the working directory nor one above it has a go.work")
		}
		folder = parent
	}
}
