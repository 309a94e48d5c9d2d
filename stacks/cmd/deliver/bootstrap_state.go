package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
)

// bootstrap is the stack bootstrap of one environment, and where its state is.
type bootstrap struct {
	*app
	env string
	// state is the folder of the local state.
	state string
}

func newBootstrap(a *app, env string) *bootstrap {
	return &bootstrap{app: a, env: env, state: filepath.Join(a.root, ".pulumi-state", env)}
}

func (b *bootstrap) folder() string   { return project(bootstrapLayer).Folder }
func (b *bootstrap) settings() string { return b.folder() + "/Pulumi." + b.env + ".yaml" }
func (b *bootstrap) local() string    { return "file://" + filepath.ToSlash(b.state) }

// on is the project on a backend. PULUMI_CONFIG_PASSPHRASE protects the local state
// while there is one; by default it is empty, and the state as safe as the disk.
func (b *bootstrap) on(backend string) pulumi.Project {
	p := project(bootstrapLayer)
	p.Backend = backend
	if b.app.env["PULUMI_CONFIG_PASSPHRASE"] == "" && b.app.env["PULUMI_CONFIG_PASSPHRASE_FILE"] == "" {
		p.Env = []string{"PULUMI_CONFIG_PASSPHRASE="}
	}
	return p
}

// isBucket reports whether a backend is an S3 bucket.
func isBucket(backend string) bool { return strings.HasPrefix(backend, "s3://") }

// backend returns the URL of the backend where the state is, or was moved to: the
// one that every other stack uses (PULUMI_BACKEND_URL, or the bucket that pulumi is
// logged in to), or the bucket that the local state names. Without those it is
// where pulumi is logged in, and empty where it is not.
func (b *bootstrap) backend(ctx context.Context) (string, error) {
	if backend := b.app.env["PULUMI_BACKEND_URL"]; backend != "" {
		return backend, nil
	}
	backend, err := b.pulumi.BackendURL(ctx)
	if err != nil && !isNotLoggedIn(err) && !isNoBucket(err) {
		return "", fmt.Errorf("which backend pulumi is logged in to is not known (set PULUMI_BACKEND_URL or run pulumi login): %w", err)
	}
	if isBucket(backend) {
		return backend, nil
	}
	local, err := b.localStacks(ctx)
	if err != nil {
		return "", err
	}
	if stack, _ := find(local, b.env); stack.Resources > 0 {
		outputs, err := b.pulumi.Outputs(ctx, b.on(b.local()), b.env)
		if err != nil {
			return "", err
		}
		if bucket := text(outputs, "stateBackendUrl"); bucket != "" {
			return bucket, nil
		}
	}
	return backend, nil
}

// isNotLoggedIn reports whether pulumi failed since it is not logged in anywhere.
func isNotLoggedIn(err error) bool {
	return strings.Contains(err.Error(), "PULUMI_ACCESS_TOKEN must be set")
}

// isNoBucket reports whether pulumi failed since the bucket does not exist.
func isNoBucket(err error) bool { return strings.Contains(err.Error(), "NoSuchBucket") }

// locate returns the backend, and bootstrap's stacks there. A bucket that does not
// exist has none; every other error is returned, since a stack that cannot be read may
// be there.
func (b *bootstrap) locate(ctx context.Context) (backend string, stacks []pulumi.Stack, err error) {
	backend, err = b.backend(ctx)
	if err != nil || backend == "" {
		return backend, nil, err
	}
	stacks, err = b.pulumi.Stacks(ctx, b.at(backend))
	if err != nil && isBucket(backend) && isNoBucket(err) {
		return backend, nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("whether bootstrap is deployed on %s is not known: %w", backend, err)
	}
	return backend, stacks, nil
}

// at is the project on the backend where the state is. The address that pulumi gives
// of Pulumi Cloud is the user's page, which is not a backend.
func (b *bootstrap) at(backend string) pulumi.Project {
	if b.app.env["PULUMI_BACKEND_URL"] == "" && !isBucket(backend) {
		backend = ""
	}
	return b.on(backend)
}

// localStacks lists bootstrap's stacks in the local state.
func (b *bootstrap) localStacks(ctx context.Context) ([]pulumi.Stack, error) {
	if !b.hasLocal() {
		return nil, nil
	}
	return b.pulumi.Stacks(ctx, b.on(b.local()))
}

func (b *bootstrap) hasLocal() bool {
	_, err := os.Stat(b.state)
	return err == nil
}

// move moves the state from one backend to another, under a secrets provider. The
// copy of the settings that pulumi makes goes next to the local state: git must not
// see it, and the old state cannot be read without it.
func (b *bootstrap) move(ctx context.Context, from, to, provider string) error {
	stacks, err := b.pulumi.Stacks(ctx, b.on(to))
	if err != nil {
		return err
	}
	// An earlier attempt may have left a stack without resources, and nothing moves
	// onto a stack that exists.
	if stack, exists := find(stacks, b.env); exists && stack.Resources == 0 {
		if err := b.pulumi.Run(ctx, b.on(to), "stack", "rm", b.env, "--yes", "--preserve-config"); err != nil {
			return err
		}
	}
	before := b.copies()
	if err := b.pulumi.Run(ctx, b.on(to), "stack", "migrate", from, b.env, "--secrets-provider", provider, "--yes"); err != nil {
		return err
	}
	for name := range b.copies() {
		if before[name] {
			continue
		}
		if err := os.Rename(name, filepath.Join(b.state, filepath.Base(name))); err != nil {
			return err
		}
	}
	return nil
}

// copies are the copies that pulumi made of the stack's settings.
func (b *bootstrap) copies() map[string]bool {
	copies := map[string]bool{}
	names, _ := filepath.Glob(filepath.Join(b.root, filepath.FromSlash(b.settings())+".bak.*")) // fails for a bad pattern only
	for _, name := range names {
		copies[name] = true
	}
	return copies
}

// archive renames the folder of the local state once the state is not there any more.
func (b *bootstrap) archive(reason string) error {
	if !b.hasLocal() {
		return nil
	}
	return os.Rename(b.state, fmt.Sprintf("%s.%s.%s", b.state, reason, time.Now().UTC().Format("20060102T150405Z")))
}
