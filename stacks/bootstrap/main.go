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
	protect := config.Bool("protectState")
	args := bootstrap.Args{
		Project: config.Text("project"),
		Owner:   config.Text("owner"),
		Tags:    config.Map("tags"),
		Region:  config.Region(),

		GithubOwner:       config.Required("githubOwner"),
		GithubRepo:        config.Required("githubRepo"),
		GithubOwnerID:     config.Text("githubOwnerId"),
		GithubRepoID:      config.Text("githubRepoId"),
		GithubBranch:      config.Text("githubBranch"),
		GithubEnvironment: config.Text("githubEnvironment"),
		OidcProviderArn:   config.Text("oidcProviderArn"),
		Environments:      config.List("environments"),
		ProtectState:      &protect,
	}
	if err := config.Check(args.Validate()); err != nil {
		return err
	}
	made, err := bootstrap.New(ctx, "bootstrap", &args)
	if err != nil {
		return err
	}
	made.Export(ctx)
	return nil
}
