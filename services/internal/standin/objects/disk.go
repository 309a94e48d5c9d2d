package objects

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// hiddenDir holds, right under the directory, what a person who looks at the
// objects need not see: headers, other buckets, files being written.
const hiddenDir = ".standin"

const (
	dirMode  = 0o755
	fileMode = 0o644
)

// disk keeps buckets as directories. All access goes through an os.Root: no
// key, and no link in the tree, leads out of it.
type disk struct {
	root       *os.Root
	rootBucket string
	temporary  atomic.Int64
}

func openDisk(dir, rootBucket string) (*disk, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("making the directory of the objects: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the directory of the objects: %w", err)
	}
	d := &disk{root: root, rootBucket: rootBucket}
	// What an earlier process was writing when it was killed.
	if err := root.RemoveAll(d.temporaryDir()); err != nil {
		return nil, errors.Join(fmt.Errorf("clearing half-written objects: %w", err), root.Close())
	}
	if err := root.MkdirAll(d.temporaryDir(), dirMode); err != nil {
		return nil, errors.Join(fmt.Errorf("making %s: %w", d.temporaryDir(), err), root.Close())
	}
	return d, nil
}

func (d *disk) close() error         { return d.root.Close() }
func (d *disk) temporaryDir() string { return path.Join(hiddenDir, "writing") }
func (d *disk) bucketsDir() string   { return path.Join(hiddenDir, "buckets") }

func (d *disk) bucket(name string) *diskBucket {
	b := &diskBucket{disk: d, objects: path.Join(d.bucketsDir(), name), headers: path.Join(hiddenDir, "headers", name)}
	if name == d.rootBucket {
		b.objects = "."
	}
	return b
}

// make makes a bucket's directories. The headers' one says that it exists.
func (d *disk) make(name string) (store, error) {
	b := d.bucket(name)
	for _, dir := range []string{b.objects, b.headers} {
		if err := d.root.MkdirAll(dir, dirMode); err != nil {
			return nil, fmt.Errorf("making bucket %s: %w", name, err)
		}
	}
	return b, nil
}

// existing are the buckets that were made before.
func (d *disk) existing() (map[string]store, error) {
	stores := map[string]store{}
	names, err := fs.ReadDir(d.root.FS(), path.Join(hiddenDir, "headers"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the buckets: %w", err)
	}
	for _, name := range names {
		stores[name.Name()] = d.bucket(name.Name())
	}
	return stores, nil
}

// write puts content at name in one step: a reader, and a restart after a
// kill, sees all of it or nothing.
func (d *disk) write(name string, content []byte) error {
	temporary := path.Join(d.temporaryDir(), strconv.FormatInt(d.temporary.Add(1), 10))
	if err := d.root.WriteFile(temporary, content, fileMode); err != nil {
		return err
	}
	for {
		err := d.root.MkdirAll(path.Dir(name), dirMode)
		if err == nil {
			err = d.root.Rename(temporary, name)
		}
		if err == nil {
			return nil
		}
		// A delete may prune the directory between the two steps.
		if !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, d.root.Remove(temporary))
		}
	}
}

// diskBucket is a bucket whose keys are paths under objects.
type diskBucket struct {
	disk    *disk
	objects string
	headers string
}

// file is the path of a key's object. Not every key can be one.
func (b *diskBucket) file(key string) (string, error) {
	first, _, _ := strings.Cut(key, "/")
	if !fs.ValidPath(key) || key == "." || first == hiddenDir {
		return "", fmt.Errorf("%w: %q", errKey, key)
	}
	return path.Join(b.objects, key), nil
}

func (b *diskBucket) headersFile(key string) string { return path.Join(b.headers, key+".headers") }

func (b *diskBucket) get(key string) (object, error) {
	name, err := b.file(key)
	if err != nil {
		return object{}, fs.ErrNotExist // what cannot be written is not there
	}
	info, err := b.disk.root.Stat(name)
	if err != nil || info.IsDir() {
		return object{}, missing(err)
	}
	body, err := b.disk.root.ReadFile(name)
	if err != nil {
		return object{}, missing(err)
	}
	return object{body: body, headers: b.readHeaders(key), modified: info.ModTime()}, nil
}

// missing is fs.ErrNotExist also for a directory, and for a key that no file
// can have.
func missing(err error) error {
	if err == nil || unusable(err) {
		return fs.ErrNotExist
	}
	return err
}

// unusable says whether the file system refused the path itself: a part of it
// is a file, it is a directory, or a name in it is too long.
func unusable(err error) bool {
	for _, refusal := range []error{syscall.ENOTDIR, syscall.EISDIR, syscall.ENAMETOOLONG, fs.ErrExist} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// readHeaders has none for a file that a person put there.
func (b *diskBucket) readHeaders(key string) map[string]string {
	var headers map[string]string
	text, err := b.disk.root.ReadFile(b.headersFile(key))
	if err != nil || json.Unmarshal(text, &headers) != nil {
		return map[string]string{}
	}
	return headers
}

// put writes the headers first: the object's own rename is what makes it be.
func (b *diskBucket) put(key string, o object) error {
	name, err := b.file(key)
	if err != nil {
		return err
	}
	headers, err := json.Marshal(o.headers)
	if err != nil {
		return fmt.Errorf("encoding the headers of %s: %w", key, err)
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{b.headersFile(key), headers}, {name, o.body}} {
		err := b.disk.write(file.name, file.content)
		if err != nil && unusable(err) {
			return fmt.Errorf("%w: %q: %w", errKey, key, err)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", key, err)
		}
	}
	if err := b.disk.root.Chtimes(name, time.Time{}, o.modified); err != nil {
		return fmt.Errorf("dating %s: %w", key, err)
	}
	return nil
}

func (b *diskBucket) remove(key string) error {
	name, err := b.file(key)
	if err != nil {
		return fs.ErrNotExist
	}
	if info, err := b.disk.root.Stat(name); err != nil || info.IsDir() {
		return missing(err)
	}
	if err := b.disk.root.Remove(name); err != nil {
		return fmt.Errorf("removing %s: %w", key, err)
	}
	if err := b.disk.root.Remove(b.headersFile(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the headers of %s: %w", key, err)
	}
	b.prune(path.Dir(name))
	return nil
}

// prune removes the directories that a removed object leaves empty, as S3 has
// none.
func (b *diskBucket) prune(dir string) {
	for dir != b.objects && dir != "." && b.disk.root.Remove(dir) == nil {
		dir = path.Dir(dir)
	}
}

func (b *diskBucket) keys() ([]string, error) {
	var keys []string
	err := fs.WalkDir(b.disk.root.FS(), b.objects, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // it went while we walked
		case err != nil:
			return err
		case entry.IsDir() && name == hiddenDir:
			return fs.SkipDir
		case entry.Type().IsRegular():
			keys = append(keys, strings.TrimPrefix(name, b.objects+"/"))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the bucket: %w", err)
	}
	return keys, nil
}

func (b *diskBucket) drop() error {
	for _, dir := range []string{b.headers, b.objects} {
		if dir == "." {
			continue
		}
		if err := b.disk.root.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing the bucket: %w", err)
		}
	}
	return nil
}
