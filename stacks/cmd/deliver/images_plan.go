package main

import (
	"context"
	"errors"
	"strconv"
)

// imagesPlanCommand decides in CI on main which images are built and pushed. Outputs:
//
//	build        true when an image has to be built
//	tag          the tag of this commit, sha-<7>
//	push_api     true when the api's repository does not have that tag; push_worker the same
//
// The tags of ECR are immutable, so a tag that exists is never pushed again: after a
// run that failed between the two pushes, only the missing one is built.
type imagesPlanCommand struct{}

func (imagesPlanCommand) Run(ctx context.Context, a *app) error {
	r, err := newRegistry(ctx)
	if err != nil {
		return err
	}
	return planImages(ctx, a, r)
}

func planImages(ctx context.Context, a *app, r registry) error {
	h, err := readInventory(ctx, a, r)
	if err != nil {
		return err
	}
	built, err := h.built(ctx, clone{a.root})
	if err != nil {
		return err
	}
	tag := shaTag(h.head)
	says := "The services changed: building `" + tag + "`."
	switch built {
	case "":
	case tag:
		says = "Both repositories already hold `" + tag + "`: nothing is built or pushed."
	default:
		says = "The services have not changed since `" + built + "`: nothing is built or pushed."
	}
	lacks := func(service string) string {
		return strconv.FormatBool(built == "" && !hasTag(h.images[service], tag))
	}
	return errors.Join(
		a.output("tag", tag), a.output("build", strconv.FormatBool(built == "")),
		a.output("push_api", lacks("api")), a.output("push_worker", lacks("worker")), a.note(says))
}
