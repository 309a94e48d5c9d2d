package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// clone is a git clone of this repository.
type clone struct{ folder string }

func (c clone) git(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", args...) //nolint:gosec // the callers write the arguments
	command.Dir = c.folder
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], withStderr(err))
	}
	return strings.TrimSpace(string(output)), nil
}

// reports runs a git command that answers yes with status 0 and no with status 1.
func (c clone) reports(ctx context.Context, args ...string) (bool, error) {
	_, err := c.git(ctx, args...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return false, nil
	}
	return err == nil, err
}

// withStderr adds to an error what the program printed on stderr.
func withStderr(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	return err
}

// wholeHistory returns an error for a shallow clone, which does not hold the commits
// that image tags and versions come from.
func (c clone) wholeHistory(ctx context.Context) error {
	shallow, err := c.git(ctx, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return err
	}
	if shallow != "false" {
		return errors.New("this clone is shallow, and the commit that last changed an image may be missing from it: fetch the history (git fetch --unshallow; fetch-depth: 0 in actions/checkout)")
	}
	return nil
}

func (c clone) head(ctx context.Context) (string, error) { return c.git(ctx, "rev-parse", "HEAD") }

// lastChange returns the last commit that touched one of the paths, and its time.
func (c clone) lastChange(ctx context.Context, paths []string) (commit string, at time.Time, err error) {
	line, err := c.git(ctx, append([]string{"log", "-1", "--format=%H %ct", "--"}, paths...)...)
	if err != nil {
		return "", time.Time{}, err
	}
	commit, seconds, found := strings.Cut(line, " ")
	if !found {
		return "", time.Time{}, errors.New("no commit touches what the image is made of: commit it first")
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("reading the time of commit %s: %w", commit, err)
	}
	return commit, time.Unix(unix, 0).UTC(), nil
}

// dirty reports whether one of the paths differs from the last commit.
func (c clone) dirty(ctx context.Context, paths []string) (bool, error) {
	changed, err := c.git(ctx, append([]string{"status", "--porcelain", "--"}, paths...)...)
	return changed != "", err
}

// since returns a commit and its descendants up to HEAD, the newest first.
func (c clone) since(ctx context.Context, commit string) ([]string, error) {
	listed, err := c.git(ctx, "rev-list", commit+"..HEAD")
	return append(strings.Fields(listed), commit), err
}

// has reports whether the clone holds a commit.
func (c clone) has(ctx context.Context, commit string) bool {
	_, err := c.git(ctx, "cat-file", "-e", commit+"^{commit}")
	return err == nil
}

// isAncestor reports whether a commit is an ancestor of another one.
func (c clone) isAncestor(ctx context.Context, commit, of string) (bool, error) {
	return c.reports(ctx, "merge-base", "--is-ancestor", commit, of)
}

// unchanged reports whether the paths are the same at two commits.
func (c clone) unchanged(ctx context.Context, from, to string, paths []string) (bool, error) {
	return c.reports(ctx, append([]string{"diff", "--quiet", from, to, "--"}, paths...)...)
}
