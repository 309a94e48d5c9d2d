package fakes3

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func open(t *testing.T, dir string) *Service {
	t.Helper()
	s, err := New(Options{Clock: clockwork.NewFakeClockAt(time.Unix(1700000000, 0)), Dir: dir, RootBucket: "main"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestObjectsOfTheRootBucketAreFilesUnderTheirKeys(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.Create("main"))
	require.NoError(t, s.Create("other"))
	require.NoError(t, s.backend.store("main").put("emails/v1/a.json", object{body: []byte("{}")}))
	require.NoError(t, s.backend.store("other").put("x", object{body: []byte("y")}))

	got, err := os.ReadFile(filepath.Join(dir, "emails", "v1", "a.json"))
	require.NoError(t, err)
	assert.Equal(t, "{}", string(got))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "the objects, and what is hidden")
	assert.Equal(t, hiddenDir, entries[0].Name())
	keys, err := s.Keys("main")
	require.NoError(t, err)
	assert.Equal(t, []string{"emails/v1/a.json"}, keys, "neither the other bucket's nor the headers")
}

func TestARestartKeepsBucketsObjectsAndHeaders(t *testing.T) {
	dir := t.TempDir()
	before := open(t, dir)
	for _, bucket := range []string{"main", "other"} {
		require.NoError(t, before.Create(bucket))
		require.NoError(t, before.backend.store(bucket).put("a/b", object{
			body: []byte(bucket), headers: map[string]string{"Content-Type": "text/x"}, modified: time.Unix(1600000000, 0),
		}))
	}
	// A process that was killed while it wrote leaves this.
	half := filepath.Join(dir, hiddenDir, "writing", "1")
	require.NoError(t, os.WriteFile(half, []byte("ha"), 0o600))

	after := open(t, dir)
	for _, bucket := range []string{"main", "other"} {
		require.NoError(t, after.Create(bucket), "it is there")
		got, err := after.backend.store(bucket).get("a/b")
		require.NoError(t, err)
		assert.Equal(t, bucket, string(got.body))
		assert.Equal(t, map[string]string{"Content-Type": "text/x"}, got.headers)
		assert.Equal(t, int64(1600000000), got.modified.Unix())
	}
	assert.NoFileExists(t, half)
}

func TestAFileThatAPersonPutThereIsAnObject(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.Create("main"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "note.txt"), []byte("hi"), 0o600))
	body, found := s.Body("main", "note.txt")
	assert.True(t, found)
	assert.Equal(t, "hi", string(body))
}

func TestKeysThatCanBeNoFilesAreRefusedAndNothingLeavesTheDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir)
	require.NoError(t, s.Create("main"))
	st := s.backend.store("main")
	require.NoError(t, st.put("file", object{body: []byte("x")}))
	require.NoError(t, st.put("dir/file", object{body: []byte("x")}))
	for _, key := range []string{
		"../out", "a/../../out", "/out", "a//b", "a/", ".", "", hiddenDir + "/x", "file/below", "dir", strings.Repeat("n", 300),
	} {
		require.ErrorIs(t, st.put(key, object{body: []byte("x")}), errKey, "%q", key)
		_, err := st.get(key)
		require.ErrorIs(t, err, os.ErrNotExist, "%q", key)
		require.ErrorIs(t, st.remove(key), os.ErrNotExist, "%q", key)
	}
	require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(dir, "link")))
	require.Error(t, st.put("link/out", object{body: []byte("x")}))
	assert.NoFileExists(t, filepath.Join(dir, "..", "out"))
	left, err := os.ReadDir(filepath.Join(dir, hiddenDir, "writing"))
	require.NoError(t, err)
	assert.Empty(t, left, "refused writes leave nothing behind")
}

func TestADeletedObjectTakesItsEmptyDirectoriesAlong(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.Create("main"))
	st := s.backend.store("main")
	require.NoError(t, st.put("a/b/1", object{}))
	require.NoError(t, st.put("a/2", object{}))
	require.NoError(t, st.remove("a/b/1"))
	assert.NoDirExists(t, filepath.Join(dir, "a", "b"))
	assert.FileExists(t, filepath.Join(dir, "a", "2"))
}
