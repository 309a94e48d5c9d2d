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

func TestRootBucket_objectsAreFilesUnderTheirKeys(t *testing.T) {
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

func TestRestart_keepsObjectsAndHeaders(t *testing.T) {
	dir := t.TempDir()
	before := open(t, dir)
	require.NoError(t, before.Create("main"))
	require.NoError(t, before.backend.store("main").put("a/b", object{
		body: []byte("x"), headers: map[string]string{"Content-Type": "text/x"}, modified: time.Unix(1600000000, 0),
	}))
	// A process that was killed while it wrote leaves this.
	half := filepath.Join(dir, hiddenDir, "writing", "1")
	require.NoError(t, os.WriteFile(half, []byte("ha"), 0o600))

	after := open(t, dir)
	require.NoError(t, after.Create("main"))
	got, err := after.backend.store("main").get("a/b")
	require.NoError(t, err)
	assert.Equal(t, "x", string(got.body))
	assert.Equal(t, map[string]string{"Content-Type": "text/x"}, got.headers)
	assert.Equal(t, int64(1600000000), got.modified.Unix())
	assert.NoFileExists(t, half)
}

func TestFile_putByHand_isAnObject(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.Create("main"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "note.txt"), []byte("hi"), 0o600))
	body, found := s.Body("main", "note.txt")
	assert.True(t, found)
	assert.Equal(t, "hi", string(body))
}

// unusualKeys cannot be paths of files, alone or next to the objects "file" and
// "dir/file".
var unusualKeys = []string{
	"../out", "a/../../out", "/out", "a//b", "a/", ".", "..", hiddenDir + "/x", "file/below", "dir", "nul\x00", "bad\xff",
	strings.Repeat("n", 256), strings.Repeat("n", 1024), "dir/" + strings.Repeat("n", 300) + "/" + strings.Repeat("m", 300),
}

func TestKey_notAFileName_isInTheHiddenDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir)
	require.NoError(t, s.Create("main"))
	st := s.backend.store("main")
	want := []string{"file", "dir/file"}
	for _, key := range want {
		require.NoError(t, st.put(key, object{body: []byte(key)}))
	}
	want = append(want, unusualKeys...)
	for _, key := range unusualKeys {
		_, err := st.get(key)
		require.ErrorIs(t, err, os.ErrNotExist, "%q", key)
		require.NoError(t, st.put(key, object{body: []byte(key), headers: map[string]string{"Content-Type": "text/x"}}), "%q", key)
	}

	// A restart finds them again.
	s = open(t, dir)
	require.NoError(t, s.Create("main"))
	st = s.backend.store("main")
	keys, err := st.keys()
	require.NoError(t, err)
	assert.ElementsMatch(t, want, keys)
	for _, key := range unusualKeys {
		got, err := st.get(key)
		require.NoError(t, err, "%q", key)
		assert.Equal(t, key, string(got.body))
		assert.Equal(t, "text/x", got.headers["Content-Type"])
		require.NoError(t, st.remove(key), "%q", key)
		require.ErrorIs(t, st.remove(key), os.ErrNotExist, "%q", key)
	}
	keys, err = st.keys()
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"file", "dir/file"}, keys)
	entries, err := os.ReadDir(filepath.Join(dir, ".."))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is written outside the directory")
}

func TestKey_becomesADirectory_isOneObject(t *testing.T) {
	s := open(t, t.TempDir())
	require.NoError(t, s.Create("main"))
	st := s.backend.store("main")
	require.NoError(t, st.put("a/b", object{body: []byte("1")}))
	require.NoError(t, st.put("a", object{body: []byte("2")}))
	require.NoError(t, st.remove("a/b"))
	require.NoError(t, st.put("a", object{body: []byte("3")}))
	keys, err := s.Keys("main")
	require.NoError(t, err)
	assert.Equal(t, []string{"a"}, keys)
	require.NoError(t, st.remove("a"))
	_, err = st.get("a")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestLink_outOfTheDirectory_isNotFollowed(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.Create("main"))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "link")))
	require.Error(t, s.backend.store("main").put("link/out", object{body: []byte("x")}))
	assert.NoFileExists(t, filepath.Join(outside, "out"))
	left, err := os.ReadDir(filepath.Join(dir, hiddenDir, "writing"))
	require.NoError(t, err)
	assert.Empty(t, left, "a failed write leaves nothing behind")
}

func TestPut_directoryRemoved_isStored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir)
	require.NoError(t, s.Create("main"))
	st := s.backend.store("main")
	for name, remove := range map[string]string{"whole": dir, "hidden part": filepath.Join(dir, hiddenDir)} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, st.put("emails/before", object{body: []byte("x")}))
			require.NoError(t, st.put(strings.Repeat("n", 300), object{body: []byte("x")}))
			require.NoError(t, os.RemoveAll(remove))
			require.NoError(t, st.put("emails/after", object{body: []byte("y")}))
			require.NoError(t, st.put(strings.Repeat("m", 300), object{body: []byte("z")}))
			assert.FileExists(t, filepath.Join(dir, "emails", "after"))
			keys, err := s.Keys("main")
			require.NoError(t, err)
			assert.Contains(t, keys, "emails/after")
			assert.Contains(t, keys, strings.Repeat("m", 300))
			assert.NotContains(t, keys, strings.Repeat("n", 300))
		})
	}
	require.NoError(t, os.RemoveAll(dir))
	keys, err := s.Keys("main")
	require.NoError(t, err)
	assert.Empty(t, keys)
	_, err = st.get("emails/after")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorIs(t, st.remove("emails/after"), os.ErrNotExist)
}

func TestDelete_removesEmptyDirectories(t *testing.T) {
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
