package fakes3

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"sync/atomic"
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
