package actrun

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/ingest-iac/ingest/stacks/internal/workspace"
)

// tools builds act, deliver and the shim, once for each test process.
var tools = sync.OnceValues(func() (*toolbox, error) {
	root, err := workspace.Root()
	if err != nil {
		return nil, err
	}
	built, err := place()
	if err != nil {
		return nil, err
	}
	build := func(module, name, pkg string, env ...string) error {
		return pulumitools.Compile(context.Background(), root, nil,
			append(env, "-C", filepath.Join(root, module), "-o", filepath.Join(built.folder, name), pkg)...)
	}
	return built, errors.Join(
		build(".ci/act", "act", "github.com/nektos/act", "GOWORK=off"),
		build("stacks", "deliver", "./cmd/deliver"),
		build("stacks", "shim", "./internal/testing/actrun/shim"))
})

// toolbox is a folder of built programs, and the lock that this process has on it.
type toolbox struct {
	folder string
	unlock func()
}

// place is a folder for what is built, which stays: the first that no other process has.
func place() (*toolbox, error) {
	cache, err := pulumitools.CacheFolder()
	if err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		folder := filepath.Join(cache, "actrun", strconv.Itoa(n))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		unlock, err := pulumitools.TryLock(folder + ".lock")
		if !errors.Is(err, pulumitools.ErrLocked) {
			return &toolbox{folder, unlock}, err
		}
	}
}
