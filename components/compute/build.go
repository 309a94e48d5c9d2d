package compute

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

const (
	dockerfile   = "Dockerfile"
	dockerignore = ".dockerignore"
)

// platform is a CPU architecture as Docker calls it.
func platform(architecture string) string {
	if architecture == archARM {
		return "linux/arm64"
	}
	return "linux/amd64"
}

// buildTag is the tag of what is built from a context for a service and a
// platform. It changes when anything changes that the build can see, and ECR's
// immutable tags ask for no less: content that changed under a tag that did not
// could not be pushed.
func buildTag(context fs.FS, service, platform string) (string, error) {
	files, err := buildInputs(context)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00%s\x00", service, platform)
	for _, name := range files {
		if err := hashFile(sum, context, name); err != nil {
			return "", fmt.Errorf("hashing the build's context: %w", err)
		}
	}
	return "ws-" + hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// hashFile adds a file's name and content, each with where it ends: otherwise
// two different trees could make the same bytes.
func hashFile(sum hash.Hash, context fs.FS, name string) error {
	file, err := context.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	content := sha256.New()
	if _, err := io.Copy(content, file); err != nil {
		return err
	}
	fmt.Fprintf(sum, "%s\x00%x\x00", name, content.Sum(nil))
	return nil
}

// buildInputs are the files that a build sees, sorted: the Dockerfile, and what
// .dockerignore does not exclude.
func buildInputs(context fs.FS) ([]string, error) {
	ignored, err := readIgnore(context)
	if err != nil {
		return nil, err
	}
	inputs := []string{dockerfile}
	err = fs.WalkDir(context, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir(), name == dockerfile:
			return nil
		}
		if ignore, err := ignored.MatchesOrParentMatches(name); ignore || err != nil {
			return err
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s is neither a file nor a directory; add it to %s", name, dockerignore)
		}
		inputs = append(inputs, name)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing the build's context: %w", err)
	}
	slices.Sort(inputs)
	return inputs, nil
}

// readIgnore reads the context's .dockerignore as Docker does; without that file,
// nothing is ignored.
func readIgnore(context fs.FS) (*patternmatcher.PatternMatcher, error) {
	data, err := fs.ReadFile(context, dockerignore)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading %s: %w", dockerignore, err)
	}
	patterns, err := ignorefile.ReadAll(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", dockerignore, err)
	}
	return patternmatcher.New(patterns)
}
