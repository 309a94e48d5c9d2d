package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-github/v84/github"
)

// driftIssueCommand keeps one issue for drift, after drift has compared every stack.
// Drift in any stack opens the issue or rewrites it; none in all three closes it. A
// stack that could not be compared proves neither, so the issue then stays open.
// REPOSITORY names the repository, RUN_URL the run.
type driftIssueCommand struct {
	Folder string `arg:"" help:"Where drift wrote what it found."`
}

const driftLabel = "drift"

func (c driftIssueCommand) Run(ctx context.Context, a *app) error {
	if err := a.env.need("REPOSITORY", "RUN_URL", "ENV"); err != nil {
		return err
	}
	gh, err := newHub(a.env)
	if err != nil {
		return err
	}
	var drifted, unknown []string
	for _, layer := range layers {
		status, _ := os.ReadFile(filepath.Join(c.Folder, layer+".status")) //nolint:gosec // what drift wrote; a missing file: not compared
		switch strings.TrimSpace(string(status)) {
		case statusClean:
		case statusDrift:
			drifted = append(drifted, layer)
		default:
			unknown = append(unknown, layer)
		}
	}
	title := "Infrastructure drift in " + a.env["ENV"]
	number, err := openIssue(ctx, gh, title)
	if err != nil {
		return err
	}
	switch {
	case len(drifted) > 0:
		body, err := c.body(a, drifted, unknown)
		if err != nil {
			return err
		}
		return report(ctx, a, gh, number, title, body, strings.Join(drifted, " "))
	case len(unknown) > 0:
		return a.note("No drift was found, but not every stack was compared: " + strings.Join(unknown, " ") + ". An open issue stays open.")
	case number != 0:
		return closeIssue(ctx, a, gh, number)
	default:
		return a.note("No drift.")
	}
}

func (c driftIssueCommand) body(a *app, drifted, unknown []string) (string, error) {
	text := fmt.Sprintf("What is deployed differs from the program and the state in: %s. [Run](%s)\n\n", strings.Join(drifted, " "), a.env["RUN_URL"])
	if len(unknown) > 0 {
		text += "Not compared, since it failed: " + strings.Join(unknown, " ") + "\n\n"
	}
	text += fmt.Sprintf("Either bring the change into the program, or undo it with `make up STACK=<stack> ENV=%s`; what the program does not know has to be removed manually.\n", a.env["ENV"])
	text += "A change that only the state does not know is taken over by an administrator with `pulumi refresh`; CI writes no state here.\n\n"
	var parts strings.Builder
	for _, layer := range drifted {
		part, err := os.ReadFile(filepath.Join(c.Folder, layer+".md")) //nolint:gosec // what an earlier step wrote
		if err != nil {
			return "", err
		}
		parts.Write(part)
	}
	return text + parts.String(), nil
}

// openIssue returns the number of the open issue that the workflow itself has opened
// under a title, or 0. Anyone may open an issue of this title.
func openIssue(ctx context.Context, gh hub, title string) (int, error) {
	options := &github.IssueListByRepoOptions{
		State: "open", Labels: []string{driftLabel}, Creator: bot, ListOptions: github.ListOptions{PerPage: 100},
	}
	issues, _, err := gh.Issues.ListByRepo(ctx, gh.owner, gh.name, options)
	if err != nil {
		return 0, fmt.Errorf("listing the issues: %w", err)
	}
	for _, issue := range issues {
		if issue.GetTitle() == title && issue.GetUser().GetLogin() == bot && !issue.IsPullRequest() {
			return issue.GetNumber(), nil
		}
	}
	return 0, nil
}

// report rewrites the issue, or opens it.
func report(ctx context.Context, a *app, gh hub, number int, title, body, drifted string) error {
	if number != 0 {
		if _, _, err := gh.Issues.Edit(ctx, gh.owner, gh.name, number, &github.IssueRequest{Body: &body}); err != nil {
			return fmt.Errorf("updating issue #%d: %w", number, err)
		}
		return a.note(fmt.Sprintf("Updated issue #%d: drift in %s.", number, drifted))
	}
	if _, _, err := gh.Issues.GetLabel(ctx, gh.owner, gh.name, driftLabel); isNotFound(err) {
		label := &github.Label{
			Name: github.Ptr(driftLabel), Color: github.Ptr("d93f0b"), Description: github.Ptr("What is deployed differs from the program"),
		}
		if _, _, err := gh.Issues.CreateLabel(ctx, gh.owner, gh.name, label); err != nil {
			return fmt.Errorf("making the label: %w", err)
		}
	} else if err != nil {
		return fmt.Errorf("looking up the label: %w", err)
	}
	request := &github.IssueRequest{Title: &title, Body: &body, Labels: &[]string{driftLabel}}
	if _, _, err := gh.Issues.Create(ctx, gh.owner, gh.name, request); err != nil {
		return fmt.Errorf("opening the issue: %w", err)
	}
	return a.note("Opened an issue: drift in " + drifted + ".")
}

func closeIssue(ctx context.Context, a *app, gh hub, number int) error {
	_, _, said := gh.Issues.CreateComment(ctx, gh.owner, gh.name, number, &github.IssueComment{Body: github.Ptr("There is no drift now: " + a.env["RUN_URL"])})
	_, _, closed := gh.Issues.Edit(ctx, gh.owner, gh.name, number, &github.IssueRequest{State: github.Ptr("closed")})
	if err := errors.Join(said, closed); err != nil {
		return fmt.Errorf("closing issue #%d: %w", number, err)
	}
	return a.note(fmt.Sprintf("Closed issue #%d: no drift.", number))
}
