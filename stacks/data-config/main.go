// The stack data-config: what an environment keeps its data and its token in.
package main

import (
	"github.com/ingest-iac/ingest/components/dataconfig"
	"github.com/ingest-iac/ingest/stacks/internal/stackconfig"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() { stackconfig.Run("stacks/data-config", program) }

func program(ctx *pulumi.Context, config *stackconfig.Config) error {
	args := dataconfig.Args{Environment: ctx.Stack()}
	if err := stackconfig.Decode(config, dataconfig.Settings, &args); err != nil {
		return err
	}
	made, err := dataconfig.New(ctx, "data-config", &args)
	if err != nil {
		return err
	}
	made.Export(ctx)
	return nil
}
