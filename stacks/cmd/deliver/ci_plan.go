package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ciPlanCommand decides which jobs of CI may ask AWS for credentials, and says what
// is left out and why. Outputs: preview (pull requests), images and attest (main).
type ciPlanCommand struct{}

func (ciPlanCommand) Run(_ context.Context, a *app) error {
	if err := a.env.need("EVENT_NAME", "REF", "REPOSITORY"); err != nil {
		return err
	}
	const no = "-" // A job that the event never has is not mentioned.
	preview, images, attest := no, no, no
	if a.env["EVENT_NAME"] == "pull_request" {
		preview = previewReason(a.env)
	} else {
		images = imagesReason(a.env)
		if attest = attestReason(a.env); images != "" {
			attest = "no images are pushed"
		}
	}
	var errs []error
	for _, job := range []struct{ output, what, reason string }{
		{"preview", "the preview of data-config and compute", preview},
		{"images", "building and pushing images", images},
		{"attest", "attesting SBOM and provenance", attest},
	} {
		errs = append(errs, a.output(job.output, strconv.FormatBool(job.reason == "")))
		if job.reason != "" && job.reason != no {
			errs = append(errs, a.note(fmt.Sprintf("Left out: %s, since %s.", job.what, job.reason)))
		}
	}
	return errors.Join(errs...)
}

// unset returns why a job without these repository variables cannot run, or "".
func unset(env environment, names ...string) string {
	var missing []string
	for _, name := range names {
		if env[name] == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "repository variables are not set yet: " + strings.Join(missing, " ") + " (make github-variables prints them)"
}

// previewReason returns why a pull request gets no preview, or "".
func previewReason(env environment) string {
	switch {
	case env["HEAD_REPOSITORY"] != env["REPOSITORY"]:
		return "the pull request comes from a fork, which gets no credentials"
	case env["AUTHOR"] == "dependabot[bot]":
		return "Dependabot opened the pull request, and unreviewed code gets no credentials"
	default:
		return unset(env, "AWS_REGION", "PULUMI_BACKEND_URL", "AWS_ROLE_TO_ASSUME_PREVIEW")
	}
}

// imagesReason returns why no images are built, or "".
func imagesReason(env environment) string {
	switch {
	case env["EVENT_NAME"] != "push" && env["EVENT_NAME"] != "workflow_dispatch":
		return "images are built on main only"
	case env["REF"] != "refs/heads/main":
		return "images are built on main only, this is " + env["REF"]
	default:
		return unset(env, "AWS_REGION", "AWS_ROLE_TO_ASSUME_CI", "ECR_REPO_API", "ECR_REPO_WORKER")
	}
}
