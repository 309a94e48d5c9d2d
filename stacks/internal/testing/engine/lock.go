package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// How to take a lock that another process may have.
const (
	wait = syscall.LOCK_EX
	try  = syscall.LOCK_EX | syscall.LOCK_NB
)

// errLocked is what trying for a lock gives that another has.
var errLocked = errors.New("another process holds the lock")

// lock takes the lock of a name, which goes with its process.
func lock(name string, how int) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // in the cache
	if err != nil {
		return nil, fmt.Errorf("opening a lock: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), how)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(errLocked, file.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("taking the lock %s: %w", name, err), file.Close())
	}
	return func() { _ = file.Close() }, nil
}

// place is an empty folder for a copy of the workspace, until the test is over.
// It is one of a few, and the first that is free: Go keeps what it has compiled
// and linked by the folder that the sources are in, and would do it all again for
// a folder of a new name.
func place(tb testing.TB) string {
	tb.Helper()
	cache, err := cacheFolder()
	require.NoError(tb, err)
	places := filepath.Join(cache, "workspaces")
	require.NoError(tb, os.MkdirAll(places, 0o700))
	for n := 0; ; n++ {
		folder := filepath.Join(places, strconv.Itoa(n))
		unlock, err := lock(folder+".lock", try)
		if errors.Is(err, errLocked) {
			continue
		}
		require.NoError(tb, err)
		tb.Cleanup(func() {
			defer unlock()
			require.NoError(tb, os.RemoveAll(folder))
		})
		// The last process here may not have come to its end.
		require.NoError(tb, os.RemoveAll(folder))
		require.NoError(tb, os.Mkdir(folder, 0o700))
		return folder
	}
}
