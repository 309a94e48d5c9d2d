package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/stretchr/testify/require"
)

// reserveFolder returns an empty folder for a copy of the workspace, until the test is over.
// It is one of a few, and the first that is free: Go keeps what it has compiled
// and linked by the folder that the sources are in, and would do it all again for
// a folder of a new name.
func reserveFolder(tb testing.TB) string {
	tb.Helper()
	cache, err := pulumitools.CacheFolder()
	require.NoError(tb, err)
	places := filepath.Join(cache, "workspaces")
	require.NoError(tb, os.MkdirAll(places, 0o700))
	for n := 0; ; n++ {
		folder := filepath.Join(places, strconv.Itoa(n))
		unlock, err := pulumitools.TryLock(folder + ".lock")
		if errors.Is(err, pulumitools.ErrLocked) {
			continue
		}
		require.NoError(tb, err)
		tb.Cleanup(func() {
			defer unlock()
			require.NoError(tb, os.RemoveAll(folder))
		})
		// An earlier process may have been killed before its cleanup.
		require.NoError(tb, os.RemoveAll(folder))
		require.NoError(tb, os.Mkdir(folder, 0o700))
		return folder
	}
}
