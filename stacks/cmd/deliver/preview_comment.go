package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/go-github/v84/github"
)

// previewCommentCommand writes the parts of the stacks as one comment on the pull
// request, and updates that comment from then on. REPOSITORY and PULL_REQUEST name
// the pull request, HEAD_SHA the commit, RUN_URL the run.
type previewCommentCommand struct {
	Folder string `arg:"" help:"Where preview wrote the parts."`
}

func (c previewCommentCommand) Run(ctx context.Context, a *app) error {
	if err := a.env.need("REPOSITORY", "PULL_REQUEST", "HEAD_SHA", "RUN_URL", "ENV"); err != nil {
		return err
	}
	number, err := strconv.Atoi(a.env["PULL_REQUEST"])
	if err != nil {
		return usagef("PULL_REQUEST is '%s'; allowed: a number", a.env["PULL_REQUEST"])
	}
	gh, err := newHub(a.env)
	if err != nil {
		return err
	}
	marker := "<!-- ingest preview of " + a.env["ENV"] + " -->"
	body, err := c.body(ctx, a, marker)
	if err != nil {
		return err
	}
	id, err := ownComment(ctx, gh, number, marker)
	if err != nil {
		return err
	}
	comment := &github.IssueComment{Body: &body}
	if id != 0 {
		_, _, err = gh.Issues.EditComment(ctx, gh.owner, gh.name, id, comment)
	} else {
		_, _, err = gh.Issues.CreateComment(ctx, gh.owner, gh.name, number, comment)
	}
	if err != nil {
		return fmt.Errorf("writing the comment: %w", err)
	}
	return nil
}

func (c previewCommentCommand) body(ctx context.Context, a *app, marker string) (string, error) {
	env := a.env["ENV"]
	sha := a.env["HEAD_SHA"]
	text := fmt.Sprintf("%s\n### `pulumi preview` of %s at %s\n\n", marker, env, sha[:min(7, len(sha))])
	for _, layer := range []string{"data-config", "compute"} {
		part, err := os.ReadFile(filepath.Join(c.Folder, layer+".md")) //nolint:gosec // what an earlier step wrote
		switch {
		case errors.Is(err, fs.ErrNotExist):
			text += fmt.Sprintf("#### `%s`: no preview arrived, see [the run](%s)\n\n", layer, a.env["RUN_URL"])
		case err != nil:
			return "", err
		default:
			text += string(part)
		}
	}
	changed, err := changesBootstrap(ctx, clone{a.root})
	if err != nil {
		return "", err
	}
	if changed {
		text += fmt.Sprintf("This changes `bootstrap`, which only an administrator previews and applies: `make preview STACK=bootstrap ENV=%s`.\n\n", env)
	}
	return text + "[Run](" + a.env["RUN_URL"] + ")\n", nil
}

// changesBootstrap reports whether a pull request changes bootstrap. CI tests it at a
// merge commit, whose first parent is main.
func changesBootstrap(ctx context.Context, repository clone) (bool, error) {
	if !repository.has(ctx, "HEAD^2") {
		return false, nil
	}
	same, err := repository.unchanged(ctx, "HEAD^1", "HEAD", []string{"stacks/bootstrap", "components/bootstrap"})
	return !same, err
}

// ownComment returns the id of the comment that begins with the marker, or 0. Only a
// comment of the workflow itself is edited, not one that merely looks like it.
func ownComment(ctx context.Context, gh hub, number int, marker string) (int64, error) {
	options := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for {
		comments, answer, err := gh.Issues.ListComments(ctx, gh.owner, gh.name, number, options)
		if err != nil {
			return 0, fmt.Errorf("listing the comments: %w", err)
		}
		for _, comment := range comments {
			if comment.GetUser().GetLogin() == bot && strings.HasPrefix(comment.GetBody(), marker) {
				return comment.GetID(), nil
			}
		}
		if answer.NextPage == 0 {
			return 0, nil
		}
		options.Page = answer.NextPage
	}
}
