package main

import (
	"context"
	"fmt"
	"os"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
)

// destroyCommand destroys a stack, unless a layer above it still needs it.
type destroyCommand struct {
	Stack string `arg:"" enum:"compute,data-config,bootstrap" help:"Stack: compute, data-config or bootstrap."`
	target
	Flags []string `arg:"" optional:"" help:"Flags of pulumi destroy, after --."`
}

func (c destroyCommand) Run(ctx context.Context, a *app) error {
	switch c.Stack {
	case bootstrapLayer:
		return newBootstrap(a, c.name()).destroy(ctx, c.Flags)
	case dataLayer:
		stacks, err := a.pulumi.Stacks(ctx, project(computeLayer))
		if err != nil {
			return fmt.Errorf("whether compute in %s still uses data-config is not known, so nothing is destroyed: %w", c.name(), err)
		}
		if compute, _ := find(stacks, c.name()); compute.Resources > 0 {
			return fmt.Errorf("data-config in %s is still in use: destroy compute first (make destroy STACK=compute ENV=%s)", c.name(), c.name())
		}
	}
	return a.pulumi.RunInteractive(ctx, project(c.Stack), append([]string{"destroy", "--stack", c.name()}, c.Flags...)...)
}

// destroy destroys bootstrap. A stack cannot destroy the bucket that its own state
// is in, since saving the result fails. So the state moves back to a local folder
// first. It can be run again after a failure at any step.
func (b *bootstrap) destroy(ctx context.Context, flags []string) error {
	local, err := b.localStacks(ctx)
	if err != nil {
		return err
	}
	// A local state with resources is that of an earlier attempt. The bucket may
	// still hold the state from before it.
	if stack, _ := find(local, b.env); stack.Resources > 0 {
		fmt.Fprintf(b.stdout, "going on with the local state in %s\n", b.state)
		return b.destroyLocal(ctx, flags)
	}
	backend, stacks, err := b.locate(ctx)
	if err != nil {
		return err
	}
	if stack, _ := find(stacks, b.env); stack.Resources == 0 {
		// The earlier attempt may have stopped after its last resource.
		if _, exists := find(local, b.env); exists {
			return b.destroyLocal(ctx, flags)
		}
		return fmt.Errorf("bootstrap of %s is not deployed, or pulumi is not logged in to its bucket: pulumi login 's3://<bucket>?region=<region>'", b.env)
	}
	p := b.at(backend)
	if err := b.refuseInUse(ctx, p); err != nil {
		return err
	}
	// Protection, and whether the bucket is deleted with its content, are part of
	// the state.
	if err := b.pulumi.Run(ctx, p, "up", "--stack", b.env, "--yes"); err != nil {
		return err
	}
	if !isBucket(backend) {
		return b.pulumi.RunInteractive(ctx, p, append([]string{"destroy", "--stack", b.env}, flags...)...)
	}
	if err := b.moveBack(ctx, backend); err != nil {
		return err
	}
	return b.destroyLocal(ctx, flags)
}

// refuseInUse refuses to destroy what is protected, and what holds the state of
// other stacks.
func (b *bootstrap) refuseInUse(ctx context.Context, p pulumi.Project) error {
	protect, err := b.pulumi.Config(ctx, p, b.env, "protectState")
	if err != nil || protect != "false" {
		return fmt.Errorf("the state bucket and the key are protected. To destroy them, and the state of every stack with them: pulumi -C %s config set --stack %s protectState false, then run this again", b.folder(), b.env)
	}
	for _, layer := range []string{computeLayer, dataLayer} {
		above := project(layer)
		above.Backend = p.Backend
		stacks, err := b.pulumi.Stacks(ctx, above)
		if err != nil {
			return fmt.Errorf("whether bootstrap is still in use is not known, so nothing is destroyed: listing the stacks of %s: %w", layer, err)
		}
		for _, stack := range stacks {
			if stack.Resources > 0 {
				return fmt.Errorf("bootstrap is still in use by the state of other stacks (pulumi -C %s stack ls): destroy compute first, then data-config, in every environment", above.Folder)
			}
		}
	}
	return nil
}

func (b *bootstrap) moveBack(ctx context.Context, backend string) error {
	if err := os.MkdirAll(b.state, 0o700); err != nil {
		return err
	}
	return b.move(ctx, backend, b.local(), "passphrase")
}

func (b *bootstrap) destroyLocal(ctx context.Context, flags []string) error {
	p := b.on(b.local())
	if err := b.pulumi.RunInteractive(ctx, p, append([]string{"destroy", "--stack", b.env}, flags...)...); err != nil {
		return err
	}
	if err := b.pulumi.Run(ctx, p, "stack", "rm", b.env, "--yes", "--preserve-config"); err != nil {
		return err
	}
	if err := b.archive("destroyed"); err != nil {
		return err
	}
	fmt.Fprintf(b.stdout, "bootstrap of %s is destroyed; the key can be brought back for 30 days (aws kms cancel-key-deletion)\n", b.env)
	return nil
}
