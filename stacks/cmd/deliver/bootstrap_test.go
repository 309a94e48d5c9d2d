package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// emptyAccount is an app in an account without bootstrap, and its pulumi.
func emptyAccount(t *testing.T) (*app, *world, *fakePulumi, *bytes.Buffer) {
	t.Helper()
	a, out := newApp(t, nil)
	w := newWorld(a.root)
	f := w.fake()
	a.pulumi = f
	return a, w, f, out
}

func bootstraps(t *testing.T, a *app) error {
	t.Helper()
	return bootstrapCommand{target{"prod"}}.Run(t.Context(), a)
}

func TestBootstrap_first_movesAndChecksTheState(t *testing.T) {
	a, w, f, out := emptyAccount(t)
	require.NoError(t, bootstraps(t, a))
	local := "file://" + filepath.ToSlash(filepath.Join(a.root, ".pulumi-state", "prod"))
	assert.Equal(t, []string{
		"stacks/bootstrap " + local + ": stack init prod --no-select --secrets-provider passphrase",
		"stacks/bootstrap " + local + ": up --stack prod --yes",
		"stacks/bootstrap " + bucketURL + ": stack migrate " + local + " prod --secrets-provider " + kmsURL + " --yes",
		"stacks/bootstrap " + bucketURL + ": preview --stack prod --expect-no-changes",
	}, f.calls)
	assert.Positive(t, w.stacks[bucketURL+" prod"])
	assert.NoDirExists(t, filepath.Join(a.root, ".pulumi-state", "prod"))
	assert.Contains(t, out.String(), "pulumi login '"+bucketURL+"'\nCommit stacks/bootstrap/Pulumi.prod.yaml")

	// The old state is kept, with the copy of the settings that can decrypt it.
	assert.Len(t, globbed(t, a.root, ".pulumi-state/prod.moved.*/Pulumi.prod.yaml.bak.1"), 1)
	assert.Empty(t, globbed(t, a.root, "stacks/bootstrap/*.bak.*"))
}

func TestBootstrap_failureAtAnyStep_isResumed(t *testing.T) {
	for _, step := range []string{"stack init", "up", "stack migrate", "preview"} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, after its effect %t", step, after), func(t *testing.T) {
				a, w, f, _ := emptyAccount(t)
				f.failAt(step, after)
				require.ErrorIs(t, bootstraps(t, a), errRefused)
				assert.DirExists(t, filepath.Join(a.root, ".pulumi-state", "prod"), "the local state is still needed")

				a.pulumi = w.fake()
				require.NoError(t, bootstraps(t, a))
				assert.Positive(t, w.stacks[bucketURL+" prod"])
				assert.Len(t, globbed(t, a.root, ".pulumi-state/prod.moved.*"), 1)
			})
		}
	}
}

func TestBootstrap_localStateCannotBeRead_stops(t *testing.T) {
	a, _, f, _ := emptyAccount(t)
	require.NoError(t, os.MkdirAll(filepath.Join(a.root, ".pulumi-state", "prod"), 0o700))
	f.stacks = func(pulumi.Project) ([]pulumi.Stack, error) { return nil, errRefused }
	require.ErrorIs(t, bootstraps(t, a), errRefused)
	assert.Empty(t, f.calls)
}

func TestBootstrap_deployed_updatesInTheBucket(t *testing.T) {
	for name, login := range map[string]func(a *app, f *fakePulumi){
		"variable": func(a *app, f *fakePulumi) {
			a.env["PULUMI_BACKEND_URL"] = bucketURL
			f.backendURL = nil
		},
		"login": func(_ *app, f *fakePulumi) {
			f.backendURL = func() (string, error) { return bucketURL, nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, w, f, out := emptyAccount(t)
			w.stacks[bucketURL+" prod"] = 52
			login(a, f)
			require.NoError(t, bootstraps(t, a))
			assert.Equal(t, []string{"up --stack prod --yes", "preview --stack prod --expect-no-changes"}, f.commands())
			assert.Contains(t, out.String(), "bootstrap's state is in "+bucketURL+": updating there")
		})
	}
}

// A user who is logged in to another backend continues with the bucket, too.
func TestBootstrap_stateNotChecked_continuesInTheBucket(t *testing.T) {
	for name, login := range map[string]func() (string, error){
		"logged in nowhere":          func() (string, error) { return "", errNotLoggedIn },
		"logged in to a folder":      func() (string, error) { return "file:///home", nil },
		"logged in to an old bucket": func() (string, error) { return "", errNoBucket },
	} {
		t.Run(name, func(t *testing.T) {
			a, w, f, _ := emptyAccount(t)
			f.backendURL = login
			f.failAt("preview", false)
			require.ErrorIs(t, bootstraps(t, a), errRefused)
			second := w.fake()
			second.backendURL = login
			a.pulumi = second
			require.NoError(t, bootstraps(t, a))
			assert.False(t, second.ran("stack migrate"))
			assert.Len(t, globbed(t, a.root, ".pulumi-state/prod.moved.*"), 1)
		})
	}
}

func TestBootstrap_emptyStackInTheBucket_isReplaced(t *testing.T) {
	a, w, f, _ := emptyAccount(t)
	w.stacks[bucketURL+" prod"] = 0
	require.NoError(t, bootstraps(t, a))
	assert.True(t, f.ran("stack rm prod --yes --preserve-config"))
	assert.Positive(t, w.stacks[bucketURL+" prod"])
}

func TestBootstrap_bucketThatDoesNotExistYet_isNoError(t *testing.T) {
	a, w, _, _ := emptyAccount(t)
	a.env["PULUMI_BACKEND_URL"] = bucketURL
	require.NoError(t, bootstraps(t, a))
	assert.Positive(t, w.stacks[bucketURL+" prod"])
}

func TestBootstrap_refusals(t *testing.T) {
	for name, c := range map[string]struct {
		given func(a *app, w *world, f *fakePulumi)
		want  string
	}{
		"another environment has it": {func(a *app, w *world, _ *fakePulumi) {
			a.env["PULUMI_BACKEND_URL"] = bucketURL
			w.stacks[bucketURL+" first"] = 52
		}, "bootstrap is one stack for all environments, and this account has it as first: add prod to its environments (pulumi -C stacks/bootstrap config set --path 'environments[1]' prod --stack first), then make bootstrap ENV=first"},
		"its state has moved, and pulumi is not logged in": {func(a *app, _ *world, _ *fakePulumi) {
			require.NoError(t, os.MkdirAll(filepath.Join(a.root, "stacks", "bootstrap"), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(a.root, "stacks", "bootstrap", "Pulumi.prod.yaml"), []byte("secretsprovider: "+kmsURL+"\n"), 0o600))
		}, "stacks/bootstrap/Pulumi.prod.yaml says that bootstrap's state has moved to its bucket, but pulumi is not logged in there: pulumi login"},
		"it is deployed on another backend": {func(a *app, w *world, _ *fakePulumi) {
			a.env["PULUMI_BACKEND_URL"] = "file:///home"
			w.stacks["file:///home prod"] = 52
			require.NoError(t, os.MkdirAll(filepath.Join(a.root, ".pulumi-state", "prod"), 0o700))
		}, "bootstrap of prod is deployed on file:///home, not in its own bucket: update it there (pulumi -C stacks/bootstrap up --stack prod)"},
		"the bucket cannot be read": {func(a *app, _ *world, f *fakePulumi) {
			a.env["PULUMI_BACKEND_URL"] = bucketURL
			f.stacks = func(pulumi.Project) ([]pulumi.Stack, error) { return nil, errRefused }
		}, "whether bootstrap is deployed on " + bucketURL + " is not known: refused"},
		"the backend is not known": {func(_ *app, _ *world, f *fakePulumi) {
			f.backendURL = func() (string, error) { return "", errRefused }
		}, "which backend pulumi is logged in to is not known (set PULUMI_BACKEND_URL or run pulumi login): refused"},
	} {
		t.Run(name, func(t *testing.T) {
			a, w, f, _ := emptyAccount(t)
			c.given(a, w, f)
			err := bootstraps(t, a)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
			assert.Empty(t, f.calls, "nothing is run")
		})
	}
}

func TestBootstrap_passphrase_isEmptyUnlessSet(t *testing.T) {
	a, _, _, _ := emptyAccount(t)
	b := newBootstrap(a, "prod")
	assert.Equal(t, []string{"PULUMI_CONFIG_PASSPHRASE="}, b.on(bucketURL).Env)
	a.env["PULUMI_CONFIG_PASSPHRASE"] = "secret"
	assert.Empty(t, b.on(bucketURL).Env)
}
