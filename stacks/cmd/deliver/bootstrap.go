package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
)

// bootstrapCommand deploys bootstrap, whose state is in the bucket that it makes:
// first with the state in a local folder, from which it then moves into the bucket
// and under the KMS key. It can be run again after a failure at any step.
type bootstrapCommand struct {
	target
}

func (c bootstrapCommand) Run(ctx context.Context, a *app) error {
	b := newBootstrap(a, c.name())
	backend, stacks, err := b.locate(ctx)
	if err != nil {
		return err
	}
	deployed, _ := find(stacks, b.env)
	switch {
	case deployed.Resources > 0 && isBucket(backend):
		fmt.Fprintf(a.stdout, "bootstrap's state is in %s: updating there\n", backend)
		err = a.pulumi.Run(ctx, b.on(backend), "up", "--stack", b.env, "--yes")
	case deployed.Resources > 0:
		return fmt.Errorf("bootstrap of %s is deployed on %s, not in its own bucket: update it there (pulumi -C %s up --stack %s)", b.env, backend, b.folder(), b.env)
	default:
		backend, err = b.deploy(ctx, backend, stacks)
	}
	if err != nil {
		return err
	}
	if err := a.pulumi.Run(ctx, b.on(backend), "preview", "--stack", b.env, "--expect-no-changes"); err != nil {
		return err
	}
	if err := b.archive("moved"); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, `
bootstrap is deployed, and its state is in %s.
Log in there:                     pulumi login '%s'
Commit %s: CI needs its secretsprovider and encryptedkey.
`, backend, backend, b.settings())
	return nil
}

// deploy deploys from the local state, moves the state into the bucket and returns
// the bucket's URL. The backend is where bootstrap is not deployed yet.
func (b *bootstrap) deploy(ctx context.Context, backend string, stacks []pulumi.Stack) (string, error) {
	if err := b.refuseSecond(backend, stacks); err != nil {
		return "", err
	}
	local, err := b.localStacks(ctx)
	if err != nil {
		return "", err
	}
	if _, exists := find(local, b.env); !exists {
		if err := os.MkdirAll(b.state, 0o700); err != nil {
			return "", err
		}
		if err := b.pulumi.Run(ctx, b.on(b.local()), "stack", "init", b.env, "--no-select", "--secrets-provider", "passphrase"); err != nil {
			return "", err
		}
	}
	if err := b.pulumi.Run(ctx, b.on(b.local()), "up", "--stack", b.env, "--yes"); err != nil {
		return "", fmt.Errorf("deploying bootstrap: %w; its output above gives the reason. Settings are in %s; to run pulumi on the stack yourself, set PULUMI_BACKEND_URL='%s'. Then run this again", err, b.settings(), b.local())
	}
	outputs, err := b.pulumi.Outputs(ctx, b.on(b.local()), b.env)
	if err != nil {
		return "", err
	}
	bucket, provider := text(outputs, "stateBackendUrl"), text(outputs, "secretsProvider")
	if bucket == "" || provider == "" {
		return "", errors.New("bootstrap has no output stateBackendUrl or secretsProvider")
	}
	return bucket, b.move(ctx, b.local(), bucket, provider)
}

// refuseSecond refuses to deploy what is deployed already: a second copy would fail
// half-way, on the first name that is taken.
func (b *bootstrap) refuseSecond(backend string, stacks []pulumi.Stack) error {
	if !b.hasLocal() && b.movedBefore() {
		return fmt.Errorf("%s says that bootstrap's state has moved to its bucket, but pulumi is not logged in there: pulumi login 's3://<bucket>?region=<region>' (the bucket is <project>-pulumi-state-<region>-<account>), then run this again. If bootstrap was destroyed since, remove the lines secretsprovider and encryptedkey", b.settings())
	}
	if !isBucket(backend) {
		return nil
	}
	for _, stack := range stacks {
		if stack.Name != b.env {
			return fmt.Errorf("bootstrap is one stack for all environments, and this account has it as %s: add %s to its environments (pulumi -C %s config set --path 'environments[1]' %s --stack %s), then make bootstrap ENV=%s",
				stack.Name, b.env, b.folder(), b.env, stack.Name, stack.Name)
		}
	}
	return nil
}

var movedSettings = regexp.MustCompile(`(?m)^secretsprovider: awskms:`)

// movedBefore reports whether the stack's settings are those of a state in a bucket.
func (b *bootstrap) movedBefore() bool {
	content, err := os.ReadFile(filepath.Join(b.root, filepath.FromSlash(b.settings())))
	return err == nil && movedSettings.Match(content)
}
