// The stack compute: what an environment runs on. It is deployed with every
// release.
package main

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/stacks/internal/stackconfig"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// workspace is where the images are built from, seen from this program's folder.
const workspace = "../../services"

func main() { stackconfig.Run(".", program) }

func program(ctx *pulumi.Context, config *stackconfig.Config) error {
	args := compute.Args{Environment: ctx.Stack(), Build: compute.Build{Context: workspace}, Explain: explain(ctx)}
	keep := func() error { return keepImages(ctx, &args) }
	if err := stackconfig.Decode(config, compute.Settings, &args, keep); err != nil {
		return err
	}
	if args.Build.Enabled {
		if err := ctx.Log.Warn(builtWarning(ctx.Stack()), nil); err != nil {
			return err
		}
	}
	var err error
	if args.Data, err = dataLayer(ctx, &args); err != nil {
		return err
	}
	made, err := compute.New(ctx, "compute", &args)
	if err != nil {
		return err
	}
	made.Export(ctx)
	return nil
}

// builtWarning says what building images leaves in the state, and what removes it.
func builtWarning(stack string) string {
	return fmt.Sprintf("buildImages keeps the password that pushes to ECR in the state, encrypted; it is valid for 12 hours, and anyone who may decrypt the state can read it. "+
		"After this update, remove it from there; the images stay deployed:\n  pulumi config rm buildImages --stack %s && pulumi up --stack %s", stack, stack)
}
