package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// imagesChooseCommand decides in CD which images are deployed. Outputs api_tag and
// worker_tag; an empty one keeps the image that is deployed.
//
// Run manually (API_IMAGE_TAG, WORKER_IMAGE_TAG): the tags as given, if ECR has them.
// After CI (neither given): the images of this commit if it has any. Otherwise, if
// the services changed since the commit that CD deployed last, their newest images:
// GitHub drops a waiting deployment when a newer one queues, and its images must not
// be lost with it. Otherwise the deployed images stay, also after a roll-back.
//
// Where attestations are made, an image is deployed only if its provenance verifies.
type imagesChooseCommand struct{}

func (imagesChooseCommand) Run(ctx context.Context, a *app) error {
	r, err := newRegistry(ctx)
	if err != nil {
		return err
	}
	return chooser{app: a, registry: r, history: a.history, verify: a.verifyManifest}.choose(ctx)
}

// chooser chooses the images that are deployed.
type chooser struct {
	*app
	registry registry
	// history returns the updates of compute, the newest first.
	history func(ctx context.Context) ([]update, error)
	// verify returns an error for a manifest without provenance of this repository's ci.
	verify func(ctx context.Context, manifest []byte) error
}

// update is an entry of `pulumi stack history --json`.
type update struct {
	Kind    string `json:"kind"`
	Result  string `json:"result"`
	Message string `json:"message"`
}

// afterCI begins the message of an update that CD makes after a run of CI; the commit
// follows. A manual update does not say which commit followed CI.
const afterCI = "cd-after-ci:"

func (a *app) history(ctx context.Context) ([]update, error) {
	if err := a.env.need("ENV"); err != nil {
		return nil, err
	}
	printed, err := a.cli(a.stdout, a.stderr).Read(ctx, project(computeLayer), "stack", "history", "--stack", a.env["ENV"], "--json", "--page-size", "100", "--page", "1")
	if err != nil {
		return nil, fmt.Errorf("reading the history of compute: %w", err)
	}
	var updates []update
	if err := json.Unmarshal([]byte(printed), &updates); err != nil {
		return nil, fmt.Errorf("reading the history of compute: %w", err)
	}
	return updates, nil
}

func (c chooser) choose(ctx context.Context) error {
	tags, err := c.tags(ctx)
	if err != nil {
		return err
	}
	if err := c.checkProvenance(ctx, tags); err != nil {
		return err
	}
	return errors.Join(c.output("api_tag", tags["api"]), c.output("worker_tag", tags["worker"]))
}

func (c chooser) tags(ctx context.Context) (map[string]string, error) {
	if c.env["MANUAL"] == "true" || c.env["API_IMAGE_TAG"]+c.env["WORKER_IMAGE_TAG"] != "" {
		return c.manually(ctx)
	}
	tag, err := c.newest(ctx)
	return map[string]string{"api": tag, "worker": tag}, err
}

var imageTag = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)

// manually checks the tags that a person gave.
func (c chooser) manually(ctx context.Context) (map[string]string, error) {
	names, err := repositories(c.env)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	var chosen []string
	for _, service := range services {
		tag := c.env[strings.ToUpper(service)+"_IMAGE_TAG"]
		tags[service] = tag
		if tag == "" {
			chosen = append(chosen, service+" as deployed.")
			continue
		}
		chosen = append(chosen, service+" `"+tag+"`.")
		if !imageTag.MatchString(tag) {
			return nil, usagef("'%s' is not a tag of the %s image: allowed are up to 128 letters, digits, '_', '.' and '-', as in sha-abc1234", tag, service)
		}
		images, err := tagged(ctx, c.registry, names[service])
		if err != nil {
			return nil, err
		}
		if !hasTag(images, tag) {
			var has []string
			for _, i := range images {
				has = append(has, i.tag)
			}
			return nil, fmt.Errorf("%s has no image tagged '%s'. It holds: %s", names[service], tag, strings.Join(has, " "))
		}
	}
	return tags, c.note("Run manually: " + strings.Join(chosen, " "))
}

// newest returns the tag of the images that follow CI, or "" where the deployed
// images stay.
func (c chooser) newest(ctx context.Context) (string, error) {
	h, err := readInventory(ctx, c.app, c.registry)
	if err != nil {
		return "", err
	}
	repository := clone{c.root}
	built, err := h.built(ctx, repository)
	if err != nil {
		return "", err
	}
	last, err := c.lastDeployed(ctx, repository)
	if err != nil {
		return "", err
	}
	short := h.head[:7]
	if last != "" && last != h.head {
		newer, err := repository.isAncestor(ctx, h.head, last)
		if err != nil {
			return "", err
		}
		if newer {
			return "", fmt.Errorf("%s is deployed and newer than this commit, %s: running an old CI run again does not roll back. To roll back, run the workflow 'cd' manually with the tags of the images", last[:7], short)
		}
	}
	if built == shaTag(h.head) {
		return built, c.note("Deploying the images of this commit, `" + built + "`.")
	}
	if last != "" {
		same, err := repository.unchanged(ctx, last, "HEAD", h.inputs)
		if err != nil {
			return "", err
		}
		if same {
			return "", c.note("The services have not changed since the last deployment (`" + last[:7] + "`): the deployed images stay.")
		}
	}
	if built == "" {
		return "", fmt.Errorf("ECR has no images of the services as they are at %s. Run the workflow 'ci' on main manually, which builds them, then 'cd' with the tag that it names", short)
	}
	return built, c.note("Deploying `" + built + "`, the newest images of the services as they are at `" + short + "`.")
}

// lastDeployed returns the commit that CD deployed last after CI, or "". A commit
// that this history does not have (a rewritten branch) counts as none.
func (c chooser) lastDeployed(ctx context.Context, repository clone) (string, error) {
	updates, err := c.history(ctx)
	if err != nil {
		return "", err
	}
	for _, u := range updates {
		commit, found := strings.CutPrefix(u.Message, afterCI)
		if u.Kind != "update" || u.Result != "succeeded" || !found {
			continue
		}
		if len(commit) < 7 || !repository.has(ctx, commit) {
			return "", nil
		}
		return commit, nil
	}
	return "", nil
}
