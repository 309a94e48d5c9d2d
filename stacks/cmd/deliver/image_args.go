package main

import (
	"context"
	"fmt"
	"strconv"
)

// imageArgsCommand prints the build arguments of one image. All of them come from the
// last commit that touched what the image is made of, so that a commit that touches
// nothing of it leaves its digest as it is.
type imageArgsCommand struct {
	Service string `arg:"" help:"Folder of the program below services/."`
}

func (c imageArgsCommand) Run(ctx context.Context, a *app) error {
	args, err := readImageArgs(ctx, a.root, c.Service)
	if err != nil {
		return err
	}
	for _, line := range args.lines() {
		fmt.Fprintln(a.stdout, line)
	}
	return nil
}

// imageArgs are the build arguments of an image.
type imageArgs struct {
	service, version, revision string
	// epoch is the time of the commit, in seconds since 1970.
	epoch int64
	// dirty reports whether the inputs differ from the commit.
	dirty bool
}

func (i imageArgs) lines() []string {
	return []string{
		"SERVICE=" + i.service, "VERSION=" + i.version, "REVISION=" + i.revision,
		"SOURCE_DATE_EPOCH=" + strconv.FormatInt(i.epoch, 10),
	}
}

func readImageArgs(ctx context.Context, root, service string) (imageArgs, error) {
	repository := clone{root}
	if err := repository.wholeHistory(ctx); err != nil {
		return imageArgs{}, err
	}
	inputs, err := imageInputs(ctx, root, service)
	if err != nil {
		return imageArgs{}, err
	}
	revision, at, err := repository.lastChange(ctx, inputs)
	if err != nil {
		return imageArgs{}, err
	}
	dirty, err := repository.dirty(ctx, inputs)
	if err != nil {
		return imageArgs{}, err
	}
	// The form of a Go pseudo-version: ordered by time, and it names the commit.
	version := "v0.0.0-" + at.Format("20060102150405") + "-" + revision[:12]
	if dirty {
		version, revision = version+"+dirty", revision+"-dirty"
	}
	return imageArgs{service, version, revision, at.Unix(), dirty}, nil
}
