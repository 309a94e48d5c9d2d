// The stack bootstrap: what an account needs once, before anything else can be
// deployed from GitHub.
package main

import (
	"github.com/ingest-iac/ingest/components/bootstrap"
	"github.com/ingest-iac/ingest/stacks/internal/stackconfig"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() { stackconfig.Run("stacks/bootstrap", program) }

func program(ctx *pulumi.Context, config *stackconfig.Config) error {
	var args bootstrap.Args
	if err := stackconfig.Decode(config, bootstrap.Settings, &args); err != nil {
		return err
	}
	made, err := bootstrap.New(ctx, "bootstrap", &args)
	if err != nil {
		return err
	}
	made.Export(ctx)
	return nil
}
