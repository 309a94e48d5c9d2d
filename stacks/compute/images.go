package main

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// keepImages names the images that the stack deployed last for the services that
// have none named. They are in the stack's own outputs: those of its last good
// update, and none before its first.
func keepImages(ctx *pulumi.Context, args *compute.Args) error {
	name := ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()
	stack, err := pulumi.NewStackReference(ctx, name, nil)
	if err != nil {
		return fmt.Errorf("reading the outputs of %s, the stack itself: %w", name, err)
	}
	if args.Build.Enabled {
		return nil
	}
	for _, service := range []struct {
		output, tag string
		image       *string
	}{
		{"apiImage", args.API.ImageTag, &args.API.Image}, {"workerImage", args.Worker.ImageTag, &args.Worker.Image},
	} {
		if service.tag != "" || *service.image != "" {
			continue
		}
		found, err := stack.GetOutputDetails(service.output)
		if err != nil {
			return fmt.Errorf("reading the output %s of %s, the stack itself: %w", service.output, name, err)
		}
		*service.image, _ = found.Value.(string)
	}
	return nil
}
