package upstream

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// KeepImages names the images that the stack deployed last for the services that
// have none named. They are in the stack's own outputs: those of its last good
// update, and none before its first.
func KeepImages(ctx *pulumi.Context, args *compute.Args) error {
	name := ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()
	stack, err := pulumi.NewStackReference(ctx, name, nil)
	if err != nil {
		return fmt.Errorf("reading the outputs of %s, the stack itself: %w", name, err)
	}
	if args.Build != nil {
		return nil
	}
	for _, service := range []struct {
		output string
		image  *compute.Image
	}{{"apiImage", &args.API}, {"workerImage", &args.Worker}} {
		if *service.image != (compute.Image{}) {
			continue
		}
		found, err := stack.GetOutputDetails(service.output)
		if err != nil {
			return fmt.Errorf("reading the output %s of %s, the stack itself: %w", service.output, name, err)
		}
		service.image.Reference, _ = found.Value.(string)
	}
	return nil
}
