package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v84/github"
)

// bot is who a workflow writes as.
const bot = "github-actions[bot]"

// hub is GitHub's API for one repository.
type hub struct {
	*github.Client
	owner, name string
}

// newHub reads REPOSITORY, GH_TOKEN and, as GitHub Actions sets it, GITHUB_API_URL.
func newHub(env environment) (hub, error) {
	if err := env.need("REPOSITORY", "GH_TOKEN"); err != nil {
		return hub{}, err
	}
	owner, name, found := strings.Cut(env["REPOSITORY"], "/")
	if !found {
		return hub{}, usagef("REPOSITORY is '%s'; allowed: <owner>/<name>", env["REPOSITORY"])
	}
	client := github.NewClient(nil).WithAuthToken(env["GH_TOKEN"])
	if base := env["GITHUB_API_URL"]; base != "" {
		at, err := url.Parse(strings.TrimSuffix(base, "/") + "/")
		if err != nil {
			return hub{}, fmt.Errorf("reading GITHUB_API_URL: %w", err)
		}
		client.BaseURL = at
	}
	return hub{client, owner, name}, nil
}

// isNotFound reports whether GitHub answered 404.
func isNotFound(err error) bool {
	var answer *github.ErrorResponse
	return errors.As(err, &answer) && answer.Response.StatusCode == http.StatusNotFound
}
