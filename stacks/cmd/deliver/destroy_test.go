package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func destroys(t *testing.T, a *app, stack string) error {
	t.Helper()
	return destroyCommand{Stack: stack, target: target{"prod"}, Flags: []string{"--yes"}}.Run(t.Context(), a)
}

func TestDestroy_compute_isPulumiDestroy(t *testing.T) {
	a, _, f, _ := emptyAccount(t)
	f.run = func(pulumi.Project, []string) error { return nil }
	require.NoError(t, destroys(t, a, computeLayer))
	assert.Equal(t, []string{". : destroy --stack prod --yes (interactive)"}, f.calls)
}

func TestDestroy_dataConfig(t *testing.T) {
	for name, c := range map[string]struct {
		compute []pulumi.Stack
		err     error
		want    string
	}{
		"compute was never made":            {},
		"compute is destroyed":              {compute: []pulumi.Stack{{Name: "prod"}}},
		"compute stands in another":         {compute: []pulumi.Stack{{Name: "staging", Resources: 31}}},
		"compute stands":                    {compute: []pulumi.Stack{{Name: "prod", Resources: 31}}, want: "data-config in prod is still in use: destroy compute first (make destroy STACK=compute ENV=prod)"},
		"whether compute stands is unknown": {err: errRefused, want: "whether compute in prod still uses data-config is not known, so nothing is destroyed: refused"},
	} {
		t.Run(name, func(t *testing.T) {
			a, _, f, _ := emptyAccount(t)
			f.stacks = func(p pulumi.Project) ([]pulumi.Stack, error) {
				assert.Equal(t, ".", p.Folder)
				return c.compute, c.err
			}
			f.run = func(pulumi.Project, []string) error { return nil }
			err := destroys(t, a, dataLayer)
			if c.want != "" {
				require.EqualError(t, err, c.want)
				assert.Empty(t, f.calls)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []string{"stacks/data-config : destroy --stack prod --yes (interactive)"}, f.calls)
		})
	}
}

// bootstrapped is an account whose bootstrap has its state in its bucket.
func bootstrapped(t *testing.T) (*app, *world, *fakePulumi) {
	t.Helper()
	a, w, f, _ := emptyAccount(t)
	a.env["PULUMI_BACKEND_URL"] = bucketURL
	w.stacks[bucketURL+" prod"] = 52
	return a, w, f
}

func TestDestroy_bootstrap_movesTheStateBackFirst(t *testing.T) {
	a, w, f := bootstrapped(t)
	require.NoError(t, destroys(t, a, bootstrapLayer))
	local := "file://" + filepath.ToSlash(filepath.Join(a.root, ".pulumi-state", "prod"))
	assert.Equal(t, []string{
		"stacks/bootstrap " + bucketURL + ": up --stack prod --yes",
		"stacks/bootstrap " + local + ": stack migrate " + bucketURL + " prod --secrets-provider passphrase --yes",
		"stacks/bootstrap " + local + ": destroy --stack prod --yes (interactive)",
		"stacks/bootstrap " + local + ": stack rm prod --yes --preserve-config",
	}, f.calls)
	assert.Empty(t, w.stacks)
	assert.NoDirExists(t, filepath.Join(a.root, ".pulumi-state", "prod"))
	assert.Empty(t, globbed(t, a.root, "stacks/bootstrap/*.bak.*"))
}

func TestDestroy_bootstrap_failureAtAnyStep_isResumed(t *testing.T) {
	for _, step := range []string{"up", "stack migrate", "destroy", "stack rm"} {
		for _, after := range []bool{false, true} {
			if step == "stack rm" && after {
				continue // Nothing is left to do but to archive the empty folder.
			}
			t.Run(fmt.Sprintf("%s, after its effect %t", step, after), func(t *testing.T) {
				a, w, f := bootstrapped(t)
				f.failAt(step, after)
				require.ErrorIs(t, destroys(t, a, bootstrapLayer), errRefused)
				second := w.fake()
				a.pulumi = second
				require.NoError(t, destroys(t, a, bootstrapLayer))
				assert.Empty(t, w.stacks)
				if step == "destroy" || step == "stack rm" {
					assert.False(t, second.ran("stack migrate"), "it has moved already")
				}
				assert.Len(t, globbed(t, a.root, ".pulumi-state/prod.destroyed.*"), 1)
			})
		}
	}
}

// The same holds where the state is on a file backend or in Pulumi Cloud.
func TestDestroy_bootstrap_refusals(t *testing.T) {
	for name, c := range map[string]struct {
		given func(w *world, f *fakePulumi)
		want  string
	}{
		"protected": {
			func(w *world, _ *fakePulumi) { w.protect = "" },
			"pulumi -C stacks/bootstrap config set --stack prod protectState false, then run this again",
		},
		"protection unknown": {func(_ *world, f *fakePulumi) {
			f.config = func(pulumi.Project, string, string) (string, error) { return "", errRefused }
		}, "the state bucket and the key are protected"},
		"data-config stands": {func(w *world, _ *fakePulumi) {
			w.above["stacks/data-config"] = []pulumi.Stack{{Name: "staging", Resources: 18}}
		}, "bootstrap is still in use by the state of other stacks (pulumi -C stacks/data-config stack ls)"},
		"compute stands": {func(w *world, _ *fakePulumi) {
			w.above["."] = []pulumi.Stack{{Name: "prod"}, {Name: "staging", Resources: 31}}
		}, "bootstrap is still in use by the state of other stacks (pulumi -C . stack ls)"},
		"use unknown": {func(_ *world, f *fakePulumi) {
			list := f.stacks
			f.stacks = func(p pulumi.Project) ([]pulumi.Stack, error) {
				if p.Folder == "stacks/data-config" {
					return nil, errRefused
				}
				return list(p)
			}
		}, "whether bootstrap is still in use is not known, so nothing is destroyed: listing the stacks of data-config: refused"},
		"state unknown": {func(_ *world, f *fakePulumi) {
			f.stacks = func(pulumi.Project) ([]pulumi.Stack, error) { return nil, errRefused }
		}, "whether bootstrap is deployed on "},
	} {
		for _, backend := range []string{bucketURL, "file:///home", "https://api.pulumi.com"} {
			t.Run(name+" on "+backend, func(t *testing.T) {
				a, w, f := bootstrapped(t)
				a.env["PULUMI_BACKEND_URL"] = backend
				w.stacks[backend+" prod"] = 52
				c.given(w, f)
				err := destroys(t, a, bootstrapLayer)
				require.Error(t, err)
				assert.Contains(t, err.Error(), c.want)
				assert.Empty(t, f.calls, "nothing is run")
			})
		}
	}
}

func TestDestroy_bootstrap_onAnotherBackend_isDestroyedThere(t *testing.T) {
	a, w, f, _ := emptyAccount(t)
	// The address that pulumi whoami gives of Pulumi Cloud is not a backend's.
	f.backendURL = func() (string, error) { return "https://app.pulumi.com/someone", nil }
	w.stacks[" prod"] = 52
	require.NoError(t, destroys(t, a, bootstrapLayer))
	assert.Equal(t, []string{"stacks/bootstrap : up --stack prod --yes", "stacks/bootstrap : destroy --stack prod --yes (interactive)"}, f.calls)
}

func TestDestroy_bootstrap_notDeployed(t *testing.T) {
	a, _, f, _ := emptyAccount(t)
	err := destroys(t, a, bootstrapLayer)
	require.EqualError(t, err, "bootstrap of prod is not deployed, or pulumi is not logged in to its bucket: pulumi login 's3://<bucket>?region=<region>'")
	assert.Empty(t, f.calls)
}
